"""What starts serves the teams that are there: once, and whatever befalls another."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import pytest

from bots.models import InboxEvent
from bots.supervisor.rows import Link, Runner
from bots.tests.hub import Hub, make_hub
from bots.tests.socketing import (
    Bots,
    make_socket_app,
    make_socket_hub,
    quick_steps,
    running_bots,
    sockets,
    tell_slack,
    wait_for_sockets,
    wait_for_state,
)
from bots.tests.writing import settled
from sandbox.testing import RunningSandbox, wait_until
from teams.models import SlackApp, Team

pytestmark = pytest.mark.django_db(transaction=True)

State = Link.State


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_steps(monkeypatch)


def trouble(slack: RunningSandbox, kind: str, **more: Any) -> None:
    """The next call for a connection meets it."""
    fault = {"kind": kind, "methods": ["apps.connections.open"], "count": 1}
    slack.control("PUT", "faults", fault | more)


def requests(slack: RunningSandbox) -> dict[str, int]:
    """How often each method was called."""
    counts: dict[str, int] = slack.control("GET", "summary")["requests"]
    return counts


@pytest.mark.parametrize(
    ("make", "start", "asked"),
    [
        (lambda slack, url: make_hub(slack, url), nullcontext, {}),
        (lambda slack, _: make_socket_hub(slack), running_bots, {"apps.connections.open": 1}),
    ],
    ids=["http", "socket"],
)
def test_b028_what_starts_serves_connected_teams_and_touches_no_other(
    slack: RunningSandbox,
    hub_url: str,
    worker: None,
    make: Callable[[RunningSandbox, str], Hub],
    start: Callable[[], AbstractContextManager[object]],
    asked: dict[str, int],
) -> None:
    hub = make(slack, hub_url)
    teams, gone = [hub.workspace(), hub.workspace()], hub.workspace()
    Team.objects.filter(pk=gone.pk).disconnect("Removed.", gone.created_at)
    before = Team.objects.filter(pk=gone.pk).values().get()

    with start():
        for team in (gone, *teams):
            hub.say(team, "hi")
        texts = [hub.reply(team)["text"] for team in teams]
        settled(3)

    assert texts == [f"Hi <@{hub.people(team)[0]}>!" for team in teams]
    assert hub.replies(gone) == []
    assert f"not connected to {gone.team_id}" in InboxEvent.objects.get(team_id=gone.team_id).error
    assert Team.objects.filter(pk=gone.pk).values().get() == before
    assert requests(slack) == asked | {"chat.postMessage": 2}


def test_b032_what_is_started_twice_is_connected_once(
    slack: RunningSandbox, app: SlackApp, bots: Bots
) -> None:
    with running_bots():
        wait_until(lambda: Runner.objects.count() == 2)
        another = make_socket_app(slack)
        wait_for_sockets(slack, another)

        assert len(sockets(slack, app)) == 1


def test_b032_what_is_started_twice_answers_once(slack: RunningSandbox, worker: None) -> None:
    hub = make_socket_hub(slack, connections=2)
    team = hub.workspace()

    with running_bots(), running_bots():
        open_ones = Link.objects.filter(state=State.OPEN)
        wait_until(lambda: open_ones.values("runner").distinct().count() == 2)
        hub.say(team, "hi")
        settled()

    assert [post["text"] for post in hub.replies(team)] == [f"Hi <@{hub.people(team)[0]}>!"]


def test_b034_a_dead_token_is_said_and_is_no_other_apps_trouble(
    slack: RunningSandbox, app: SlackApp, bots: Bots
) -> None:
    dead = make_socket_app(slack)
    tell_slack(slack, dead, app_token="xapp-another")

    link = wait_for_state(dead, State.WAITING)

    assert "app-level token" in link.reason
    assert len(sockets(slack, app)) == 1


def test_b035_slacks_wait_is_obeyed_by_that_app_alone(slack: RunningSandbox, app: SlackApp) -> None:
    trouble(slack, "storm_429", retry_after=40)

    with running_bots():
        link = wait_for_state(app, State.WAITING)
        other = make_socket_app(slack)
        wait_for_sockets(slack, other)

        assert requests(slack) == {"apps.connections.open": 2}
    assert link.retry_at is not None
    assert link.since is not None
    assert link.retry_at - link.since >= timedelta(seconds=40)


@pytest.mark.parametrize("kind", ["http_500", "not_json", "accept_then_drop"])
def test_b036_an_error_is_tried_again_and_is_no_other_apps_trouble(
    slack: RunningSandbox, app: SlackApp, bots: Bots, kind: str
) -> None:
    before = sockets(slack, app)
    trouble(slack, kind)

    late = make_socket_app(slack)
    wait_for_sockets(slack, late)

    link = Link.objects.get(slack_app=late)
    assert link.restart_count == 1
    assert link.restarts[0][1] == link.reason
    assert Link.objects.get(slack_app=app).restart_count == 0
    assert [each["id"] for each in sockets(slack, app)] == [each["id"] for each in before]
