"""A channel that Slack lets no post into is left out, until it is open to the bot again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from broadcasts.expansion import expand_chunk
from broadcasts.models import Delivery, Run
from broadcasts.tests.factories import make_broadcast, make_run
from broadcasts.tests.sending import connect_team, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.events import apply_event
from teams.models import Group, Recipient, Team
from teams.sync import _keep_page
from teams.tests.factories import make_channel, make_team
from teams.workspaces import Position

State = Delivery.State


def post_to(*channels: Recipient) -> Run:
    """A run for these channels alone, whose content Slack has taken before."""
    broadcast = make_broadcast()
    for channel in channels:
        group = Group.objects.create(team=channel.team, name=f"{channel} {broadcast}")
        group.members.add(channel)
        broadcast.groups.add(group)
    run = make_run(broadcast, first_ok_at=timezone.now())
    while expand_chunk(run.pk):
        pass
    return run


def channel_of(slack: RunningSandbox, team: Team) -> Recipient:
    path = f"workspaces/{team.team_id}/channels"
    slack_id = slack.control("POST", path, {"name": "kitchen"})["id"]
    slack.control("POST", f"{path}/{slack_id}/members", {"app_id": team.slack_app.app_id})
    return make_channel(team, slack_id=slack_id)


def send(run: Run) -> dict[int | None, str]:
    """The state of each recipient's delivery, once all are settled."""
    with running_sender():
        wait_until(lambda: not run.deliveries.filter(state__in=Delivery.UNDECIDED).exists(), 15)
    return dict(run.deliveries.values_list("recipient", "state"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "code", ["is_archived", "not_in_channel", "channel_not_found", "account_inactive"]
)
def test_b046_a_channel_that_a_post_cannot_enter_is_left_out_with_the_reason(
    slack: RunningSandbox, code: str
) -> None:
    team = connect_team(slack, 1)
    channel, other = channel_of(slack, team), channel_of(slack, connect_team(slack, 1))
    fault = {"kind": "error", "error": code, "methods": ["chat.postMessage"]}
    slack.control("PUT", "faults", fault | {"team_id": team.team_id})

    states = send(post_to(channel, other))

    assert states == {channel.pk: State.FAILED, other.pk: State.SENT}
    channel.refresh_from_db()
    team.refresh_from_db()
    assert (channel.refusal, channel.is_reachable) == (code, False)
    assert team.state == Team.State.CONNECTED
    assert [row.recipient for row in post_to(channel, other).deliveries.all()] == [other]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("code", "state"),
    [("access_denied", Team.State.PAUSED), ("token_revoked", Team.State.DISCONNECTED)],
)
def test_b046_what_the_bot_may_nowhere_is_no_channels_matter(
    slack: RunningSandbox, code: str, state: str
) -> None:
    team = connect_team(slack, 1)
    channel = channel_of(slack, team)
    slack.control(
        "PUT", "faults", {"kind": "error", "error": code, "methods": ["chat.postMessage"]}
    )
    post_to(channel)

    with running_sender():
        wait_until(lambda: Team.objects.get(pk=team.pk).state == state)

    channel.refresh_from_db()
    assert channel.is_reachable


@pytest.mark.django_db(transaction=True)
def test_b046_a_post_that_staff_send_again_is_tried_whatever_was_heard(
    slack: RunningSandbox,
) -> None:
    team = connect_team(slack, 1)
    channel = channel_of(slack, team)
    address = f"workspaces/{team.team_id}/channels/{channel.slack_id}"
    run = post_to(channel)
    slack.control("PATCH", address, {"is_archived": True})
    assert send(run) == {channel.pk: State.FAILED}
    slack.control("PATCH", address, {"is_archived": False})

    run.deliveries.all().send_again(timezone.now())

    assert send(run) == {channel.pk: State.SENT}


AT = datetime(2026, 6, 1, tzinfo=UTC)


def refused(team: Team, code: str, **fields: Any) -> Recipient:
    return make_channel(team, refused_at=AT, refusal=code, **fields)


def news(kind: str, channel: Recipient, at: datetime) -> None:
    event = {"type": kind, "channel": channel.slack_id, "event_ts": str(at.timestamp())}
    apply_event(channel.team, event | {"user": channel.team.bot_user_id})


def is_open(channel: Recipient) -> bool:
    return Recipient.objects.reachable().filter(pk=channel.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "kind", "opens"),
    [
        ("not_in_channel", "member_joined_channel", True),
        ("channel_not_found", "member_joined_channel", True),
        ("is_archived", "channel_unarchive", True),
        ("not_in_channel", "channel_unarchive", False),
        ("is_archived", "channel_archive", False),
    ],
)
def test_b046_it_is_open_again_when_the_bot_is_invited_or_it_is_unarchived(
    code: str, kind: str, opens: bool
) -> None:
    team, other = make_team(), make_team()
    channel = refused(team, code)
    same_id = refused(other, code, slack_id=channel.slack_id)

    news(kind, channel, AT - timedelta(minutes=1))
    by_late_news = is_open(channel)
    news(kind, channel, AT + timedelta(minutes=1))

    assert (by_late_news, is_open(channel)) == (False, opens)
    assert not is_open(same_id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "document", "opens"),
    [
        ("not_in_channel", {"is_member": True}, True),
        ("not_in_channel", {"is_member": False}, False),
        ("is_archived", {"is_member": False}, True),
        ("is_archived", {"is_archived": True}, False),
        ("channel_not_found", {}, True),
    ],
)
def test_b046_a_sync_opens_what_it_finds_open(
    code: str, document: dict[str, bool], opens: bool
) -> None:
    started = AT + timedelta(minutes=1)
    team = make_team(sync_started_at=started, sync_cursor="channels:")
    channel, unlisted = refused(team, code), refused(team, code)
    of_another = refused(make_team(), code, slack_id=channel.slack_id)

    page: list[object] = [{"id": channel.slack_id, "name": "kitchen"} | document]
    _keep_page(team, Position("channels"), page, "")

    assert is_open(channel) == opens
    assert not is_open(unlisted)
    assert not is_open(of_another)


@pytest.mark.django_db
def test_a_sync_that_began_before_the_refusal_is_no_news() -> None:
    started = AT - timedelta(minutes=1)
    team = make_team(sync_started_at=started, sync_cursor="channels:")
    channel = refused(team, "channel_not_found")

    _keep_page(team, Position("channels"), [{"id": channel.slack_id, "is_member": True}], "")

    assert not is_open(channel)
