"""“Working on it…” becomes the answer, whoever dies in between."""

import sys
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError

from bots import interactions
from bots.inbox import handle
from bots.models import InboxEvent
from bots.scripts import working
from bots.scripts.loading import load
from bots.scripts.serving import SORRY
from bots.scripts.working import DONE, WORKING, Answering
from bots.tasks import sweep_inbox
from bots.tests.hub import Hub
from bots.tests.test_interactions import gate as gate
from bots.tests.writing import make_bot
from sandbox.testing import wait_until
from teams.models import Team

pytestmark = pytest.mark.usefixtures("bot_files")


@pytest.fixture
def hub(http_hub: Hub) -> Hub:
    """Over HTTP alone: what is tried here does not hear by which way it comes."""
    return http_hub


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "AFTER_SECONDS", 0.0)


def kept(hub: Hub, team: Team, command: str = "/tea") -> InboxEvent:
    """A command that a worker has taken."""
    body: dict[str, Any] = {"command": command, "text": "", "team_id": team.team_id}
    body |= {"user_id": hub.people(team)[0], "trigger_id": "1.2", "channel_id": "D1"}
    event = InboxEvent.objects.begin(hub.slack_app, body, datetime.now(UTC))
    assert event
    return event


def begun(hub: Hub, team: Team, event: InboxEvent) -> Answering:
    """An answer whose worker has said that it works on it."""
    user = event.body["user_id"]
    answering = Answering(team, user_id=user, response_url=None, event=event)
    answering.__enter__()
    wait_until(lambda: InboxEvent.objects.exclude(interim=None).exists())
    return answering


def texts(hub: Hub, team: Team) -> str:
    """What the person sees in the direct message."""
    return hub.seen(team, hub.reply(team)["channel"], hub.people(team)[0])


def test_the_next_worker_edits_what_the_dead_one_has_said(hub: Hub, gate: Event) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")
    event = kept(hub, team)
    begun(hub, team, event)
    event.refresh_from_db()

    handle(event)

    assert "Tea:" in texts(hub, team)
    assert WORKING not in texts(hub, team)
    assert len(hub.replies(team)) == 1
    event.refresh_from_db()
    assert event.interim is None


def test_what_has_killed_its_workers_is_said_sorry_for(hub: Hub) -> None:
    team = hub.workspace()
    event = kept(hub, team)
    begun(hub, team, event)
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    InboxEvent.objects.update(attempts=3, taken_at=long_ago)

    sweep_inbox()

    assert SORRY in texts(hub, team)
    event.refresh_from_db()
    assert (event.state, event.interim) == (InboxEvent.State.FAILED, None)


def test_what_will_be_tried_again_is_not_done(hub: Hub) -> None:
    team = hub.workspace()
    event = kept(hub, team)
    answering = begun(hub, team, event)

    answering.__exit__(OperationalError, OperationalError("away"), None)

    assert DONE not in texts(hub, team)
    assert WORKING in texts(hub, team)


def test_an_answer_that_is_too_long_to_be_edited_in_is_a_message(hub: Hub) -> None:
    team = hub.workspace()
    answering = begun(hub, team, kept(hub, team))

    answering("long " * 1000)

    assert [len(post["text"]) > 4_000 for post in hub.replies(team)] == [False, True]
    assert WORKING not in texts(hub, team)


def test_choices_of_a_menu_say_nothing_while_they_are_looked_up(hub: Hub, gate: Event) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")
    load("desk")
    sys.modules["slackhub_bot_file_desk"].looked_up.clear()
    body: dict[str, Any] = {"type": "block_suggestion", "action_id": "kinds", "value": "g"}
    body |= {"team": {"id": team.team_id}, "user": {"id": hub.people(team)[0]}, "block_id": "b"}

    interactions.answer(hub.slack_app, body)
    sys.modules["slackhub_bot_file_desk"].looked_up.wait(10)
    gate.set()

    wait_until(lambda: InboxEvent.objects.filter(state="handled").exists())
    assert hub.replies(team) == []


def test_the_first_answer_only_is_edited_in(hub: Hub) -> None:
    team = hub.workspace()
    answering = begun(hub, team, kept(hub, team))

    answering("One.")
    answering("Two.")

    assert "One." in texts(hub, team)
    assert [post["text"] for post in hub.replies(team)][1:] == ["Two."]
