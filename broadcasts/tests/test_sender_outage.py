"""An outage of Slack leaves few unknowns, and everything goes on by itself after it."""

import pytest
from pytest_django import Settings

from broadcasts.models import Delivery, Run, Sender
from broadcasts.sending.outage import Rules
from broadcasts.sending.rules import SenderRules
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Lane, Team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
# Ten minutes in a few seconds.
QUICK = SenderRules(doubt=Rules(first_wait=0.02, longest_wait=0.4, silence=0.3))
TEAMS, PEOPLE = 6, 60
# As many as forty seconds between two bring in some minutes.
TRIES = 8
# The port of discard: nobody listens.
NOBODY = "http://127.0.0.1:9"


def count(run: Run, state: str) -> int:
    return Delivery.objects.filter(run=run, state=state).count()


def doubtful(slack: RunningSandbox) -> int:
    """Requests that were left without a clear answer."""
    return int(slack.control("GET", "summary")["ambiguous"])


def make_run(slack: RunningSandbox) -> Run:
    """Far more than an outage may leave in doubt, at a pace that would take seconds."""
    app = connect_app(slack)
    teams = [connect_team(slack, PEOPLE, app=app, per_minute=1_200) for _ in range(TEAMS)]
    return expanded_run(*teams, accepted=True)


def break_slack(slack: RunningSandbox, kind: str, **more: object) -> None:
    slack.control("PUT", "faults", {"kind": kind, "methods": ["chat.postMessage"], **more})


@pytest.mark.parametrize("kind", ["http_500", "hang", "not_json"])
def test_an_outage_leaves_few_unknowns_and_ends_by_itself(slack: RunningSandbox, kind: str) -> None:
    run = make_run(slack)

    with running_sender(QUICK):
        wait_until(lambda: count(run, State.SENT) > 30)
        break_slack(slack, kind)
        wait_until(lambda: Lane.objects.exclude(outage_at=None).count() == TEAMS, 15)
        held_with = doubtful(slack)
        wait_until(lambda: doubtful(slack) >= held_with + TRIES, 20)
        slack.control("DELETE", "faults")
        wait_until(lambda: not Delivery.objects.filter(state=State.READY).exists(), 20)
        wait_until(lambda: not Delivery.objects.filter(state=State.POSTING).exists(), 20)

    assert count(run, State.UNKNOWN) < 100
    assert count(run, State.SENT) + count(run, State.UNKNOWN) == TEAMS * PEOPLE
    assert not Lane.objects.exclude(outage_at=None).exists()


def test_a_workspace_in_trouble_is_held_alone(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    sick, sound = (connect_team(slack, 30, app=app, per_minute=1_200) for _ in range(2))
    run = expanded_run(sick, sound, accepted=True)
    break_slack(slack, "http_500", team_id=sick.team_id)

    with running_sender(SenderRules(doubt=Rules(first_wait=60.0))):
        sent = Delivery.objects.filter(team=sound, state=State.SENT)
        wait_until(lambda: sent.count() == 30)
        wait_until(lambda: Lane.objects.get(team=sick).outage_at is not None)

    assert Lane.objects.get(team=sound).outage_at is None
    assert count(run, State.UNKNOWN) <= 10
    assert Delivery.objects.filter(team=sick, state=State.READY).count() >= 20


def test_silent_workspaces_leave_the_others_their_places(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    silent = [connect_team(slack, 10, app=app, per_minute=1_200) for _ in range(8)]
    for team in silent:
        break_slack(slack, "hang", team_id=team.team_id)
    sound = connect_team(slack, 60, app=app, per_minute=1_200)
    expanded_run(*silent, sound, accepted=True)
    posting = Delivery.objects.filter(team__in=silent, state=State.POSTING)

    with running_sender(SenderRules(doubt=Rules(silence=60.0))):
        wait_until(lambda: Delivery.objects.filter(team=sound, state=State.SENT).count() == 60, 15)
        assert 8 <= posting.count() <= 64
        slack.control("DELETE", "faults")


def test_without_a_connection_the_lanes_are_handed_back(
    slack: RunningSandbox, settings: Settings
) -> None:
    run = expanded_run(connect_team(slack, 5), accepted=True)
    settings.SLACK_URL = NOBODY

    with running_sender(SenderRules(doubt=Rules(first_wait=60.0))):
        wait_until(lambda: Lane.objects.get().outage_at is not None)
        wait_until(lambda: Lane.objects.get().owner is None and not Sender.objects.exists())

    assert count(run, State.READY) == 5
    assert Team.objects.get().state == Team.State.CONNECTED
