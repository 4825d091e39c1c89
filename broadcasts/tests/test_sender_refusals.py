"""An answer that may speak of the whole team does so only where that is certain."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from broadcasts.models import Delivery
from broadcasts.sending import refusals
from broadcasts.tests.sending import connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def wait_for(state: str, count: int) -> None:
    wait_until(lambda: Delivery.objects.filter(state=state).count() == count, 15)


def refuse(slack: RunningSandbox, error: str, method: str, **fault: object) -> None:
    slack.control("PUT", "faults", {"kind": "error", "error": error, "methods": [method]} | fault)


@pytest.mark.parametrize("error", ["token_revoked", "missing_scope"])
def test_news_of_an_old_token_does_not_touch_the_new_one(slack: RunningSandbox, error: str) -> None:
    team = connect_team(slack, 1)
    expanded_run(team)
    late = {"kind": "latency", "latency": {"min": 2.5, "max": 2.5}, "count": 1}
    slack.control("PUT", "faults", late | {"methods": ["chat.postMessage"]})
    refuse(slack, error, "chat.postMessage", count=1)

    with running_sender():
        wait_for(State.POSTING, 1)
        Team.objects.update(token_version=F("token_version") + 1)
        wait_for(State.SENT, 1)

    team.refresh_from_db()
    assert (team.state, bool(team.bot_token)) == (Team.State.CONNECTED, True)


def test_a_dm_that_was_just_opened_and_is_refused_is_not_opened_for_ever(
    slack: RunningSandbox,
) -> None:
    run = expanded_run(connect_team(slack, 1), sender_name="The office")
    refuse(slack, "channel_not_found", "chat.postMessage")

    with running_sender():
        wait_for(State.FAILED, 1)

    failed = Delivery.objects.get(run=run)
    assert (failed.attempt, failed.error) == (1, "channel_not_found")


def test_one_deactivated_person_does_not_stop_the_team(slack: RunningSandbox) -> None:
    """Slack may say account_inactive of the reader: then auth.test takes the token."""
    team = connect_team(slack, 2)
    refuse(slack, "account_inactive", "chat.postMessage", count=1)
    expanded_run(team)

    with running_sender():
        wait_for(State.FAILED, 1)
        wait_for(State.SENT, 1)

    team.refresh_from_db()
    assert team.state == Team.State.CONNECTED


def test_an_installation_that_lacks_something_is_paused(slack: RunningSandbox) -> None:
    team = connect_team(slack, 2)
    refuse(slack, "missing_scope", "chat.postMessage")
    expanded_run(team)

    with running_sender():
        wait_until(lambda: Team.objects.get().state == Team.State.PAUSED)

    assert set(Delivery.objects.values_list("state", flat=True)) == {State.READY}


def test_where_slack_does_not_confirm_it_nothing_changes_for_good(slack: RunningSandbox) -> None:
    team = connect_team(slack, 1)
    refuse(slack, "invalid_auth", "chat.postMessage", count=1)
    slack.control("PUT", "faults", {"kind": "http_500", "methods": ["auth.test"]})
    expanded_run(team)

    with running_sender():
        wait_for(State.SENT, 1)

    team.refresh_from_db()
    assert team.state == Team.State.CONNECTED


def test_a_stopped_run_is_not_searched_for_an_ok_again(slack: RunningSandbox) -> None:
    """It may have a million rows, and as many refusals may be under way as there are lanes."""
    run = expanded_run(connect_team(slack, 1))
    run.broadcast.runs.all().pause("Slack refused the message.")

    with CaptureQueriesContext(connection) as queries:
        is_for_one = refusals.is_for_one(run.pk, "No.")

    assert not is_for_one
    assert "broadcasts_delivery" not in "".join(one["sql"] for one in queries)
