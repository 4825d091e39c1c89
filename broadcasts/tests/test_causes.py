"""Whatever stops a team or a broadcast by itself ends up as a notice, with its reason."""

from datetime import timedelta

import pytest

from broadcasts.attention import review
from broadcasts.clock import database_now
from broadcasts.judging import judge
from broadcasts.models import Broadcast, Notice, Run
from broadcasts.sending import refusals
from broadcasts.sending.learning import Memory
from broadcasts.sending.riddles import MOST_RIDDLES
from broadcasts.sending.rows import LaneRow
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from broadcasts.tests.sending import connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams import renewal
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

Kind = Notice.Kind


def the_notice() -> Notice:
    review(database_now())
    return Notice.objects.open().get()


def lane_of(team: Team) -> LaneRow:
    return LaneRow(team.pk, team.name, "", team.token_version, Memory(60.0, 60.0), 0.0)


def started_run() -> Run:
    broadcast = make_broadcast(teams=(make_team(),), name="Menu")
    broadcast.schedule_crontab(minute="30", hour="11", zone="UTC")
    broadcast.start(database_now())
    return make_run(broadcast)


def test_a_dead_token_with_messages_waiting() -> None:
    team, other = make_team(name="Acme"), make_team()
    run = make_run()
    for each in (team, other):
        make_delivery(run, make_person(each))

    refusals.disconnect(lane_of(team), "The bot's token was revoked.")

    notice = the_notice()
    assert (notice.kind, notice.team) == (Kind.TEAM_LOST, team)
    assert notice.sentence.endswith("disconnected: The bot's token was revoked.")


def test_a_content_that_slack_refuses() -> None:
    run = started_run()

    refusals.is_for_one(run.pk, "Slack does not accept the blocks.")

    notice = the_notice()
    assert (notice.kind, notice.broadcast) == (Kind.BROADCAST_PAUSED, run.broadcast)
    assert notice.sentence.endswith("Slack does not accept the blocks.")


def test_too_large_a_share_of_failures() -> None:
    now, run = database_now(), started_run()
    team = run.broadcast.teams.get()
    for _ in range(20):
        make_delivery(run, make_person(team), state="failed", settled_at=now + timedelta(seconds=1))

    judge(now)

    notice = the_notice()
    assert (notice.kind, notice.broadcast) == (Kind.BROADCAST_PAUSED, run.broadcast)
    assert Broadcast.objects.get().state_reason in notice.sentence


@pytest.mark.django_db(transaction=True)
def test_the_same_unexplained_code_ten_times_in_a_row(slack: RunningSandbox) -> None:
    team, other = connect_team(slack, MOST_RIDDLES + 2), connect_team(slack, 1)
    fault = {"kind": "error", "error": "moon_phase", "team_id": team.team_id, "rate": 1}
    slack.control("PUT", "faults", fault | {"methods": ["chat.postMessage"]})
    expanded_run(team, other, accepted=True)

    with running_sender():
        wait_until(lambda: Team.objects.get(pk=team.pk).state == Team.State.PAUSED)

    notice = the_notice()
    assert (notice.kind, notice.team) == (Kind.TEAM_PAUSED, team)
    assert "moon_phase" in notice.sentence


def test_a_token_that_slack_does_not_renew(slack: RunningSandbox) -> None:
    now = database_now()
    team = connect_team(slack, 1)
    other = make_team()
    Team.objects.filter(pk=team.pk).update(refresh_token="xoxe-1-used", token_expires_at=now)

    renewal.renew(team.pk, now)

    notice = the_notice()
    assert (notice.kind, notice.team) == (Kind.TEAM_PAUSED, team)
    assert "install the app again" in notice.sentence
    other.refresh_from_db()
    assert other.state == Team.State.CONNECTED
