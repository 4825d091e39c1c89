"""Many messages to one channel, and one channel among many that cannot be written to."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from broadcasts.clock import database_now
from broadcasts.models import Delivery
from broadcasts.posting import post
from broadcasts.sweeping import sweep_abandoned
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.sending import connect_team, running_sender
from conftest import another_process
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Lane, Team
from teams.tests.factories import make_channel

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
INTERVAL = 0.05
SEND = (
    "import uuid; from broadcasts.sending.runtime import runtime as r; r().run_sender(uuid.uuid4())"
)


def count(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def make_room(slack: RunningSandbox, team: Team, name: str, *, archived: bool = False) -> str:
    """A channel of the workspace with the bot in it; its id."""
    path = f"workspaces/{team.team_id}/channels"
    room = str(slack.control("POST", path, {"name": name})["id"])
    slack.control("POST", f"{path}/{room}/members", {"app_id": team.slack_app.app_id})
    if archived:
        slack.control("PATCH", f"{path}/{room}", {"is_archived": True})
    return room


def test_b116_many_messages_to_one_channel_keep_pace_and_order_when_a_sender_is_killed(
    slack: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHANNEL_INTERVAL = INTERVAL
    monkeypatch.setenv("CHANNEL_INTERVAL", str(INTERVAL))
    team = connect_team(slack, 1)
    room = make_room(slack, team, "kitchen")
    for number in range(40):
        post(team, key=f"k{number}", slack_id=room, text=f"{number:02}")

    with another_process(SEND) as doomed:
        wait_until(lambda: count(State.SENT) >= 8, 20)
        doomed.kill()
        doomed.wait()
    before = len(slack.posts())
    Lane.objects.update(leased_until=database_now())
    Delivery.objects.filter(state=State.POSTING).update(
        marked_at=database_now() - timedelta(seconds=121)
    )
    sweep_abandoned()
    with running_sender():
        wait_until(lambda: count(State.READY) + count(State.POSTING) == 0, 20)

    posts = slack.posts()
    texts = [one["text"] for one in posts]
    assert texts == sorted(set(texts))
    assert count(State.SENT) + count(State.UNKNOWN) == 40
    assert len(texts) >= count(State.SENT)
    # A machine that stalls lets two posts arrive together, but never all of them early.
    times = [float(one["ts"]) for one in posts[before:]]
    assert times[-1] - times[0] > INTERVAL * 0.6 * (len(times) - 1) > 0


def test_b117_a_channel_that_fails_stops_no_other_and_has_its_own_reason(
    slack: RunningSandbox,
) -> None:
    team, other = connect_team(slack, 1), connect_team(slack, 1)
    run = make_run(first_ok_at=database_now())
    for where in (team, other):
        for name in ("kitchen", "attic", "cellar"):
            room = make_room(slack, where, name, archived=name == "attic")
            make_delivery(run, make_channel(where, slack_id=room), target=room)

    with running_sender():
        wait_until(lambda: count(State.SENT) == 4 and count(State.FAILED) == 2)

    failed = Delivery.objects.filter(state=State.FAILED).order_by("team")
    assert [(row.team, row.error, row.error_text) for row in failed] == [
        (where, "is_archived", "The channel is archived.") for where in (team, other)
    ]
