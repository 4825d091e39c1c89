"""An event stays in the hands of whoever runs its listener, for as long as that takes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection

from bots import holding, interactions
from bots.models import TAKEN_FOR, InboxEvent
from bots.registry import app_for
from bots.tests.hub import Hub
from bots.tests.test_interactions import gate as gate
from bots.tests.writing import make_bot
from conftest import another_process
from sandbox.testing import wait_until

State = InboxEvent.State


@pytest.fixture
def hub(http_hub: Hub) -> Hub:
    """Over HTTP alone: what is tried here does not hear by which way it comes."""
    return http_hub


@pytest.fixture
def slow(hub: Hub) -> Iterator[InboxEvent]:
    """An event whose listener runs for so long that it would be taken for dead."""
    team, may_end = hub.workspace(), Event()
    app_for(hub.slack_app).event("pin_added")(lambda event: may_end.wait(10))
    event_id = hub.send(team, {"type": "pin_added", "user": "U1"})
    rows = InboxEvent.objects.filter(event_id=event_id)
    wait_until(rows.exclude(taken_at=None).exists)
    rows.update(taken_at=datetime.now(UTC) - TAKEN_FOR)
    yield rows.get()
    may_end.set()
    wait_until(rows.exclude(state=State.KEPT).exists)


def test_the_event_of_a_slow_listener_is_not_free(slow: InboxEvent) -> None:
    free = InboxEvent.objects.free(datetime.now(UTC))
    was_free = list(free)

    holding.renew()

    assert was_free == [slow]
    assert list(InboxEvent.objects.free(datetime.now(UTC))) == []


def test_a_listener_that_never_ends_is_given_up(
    slow: InboxEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "LONGEST", timedelta())

    holding.renew()

    slow.refresh_from_db()
    assert (slow.state, slow.error) == (State.FAILED, holding.ENDLESS)


@pytest.mark.usefixtures("bot_files")
def test_the_command_of_a_slow_listener_beside_the_request_is_not_free(
    hub: Hub, gate: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.scripts.bolting.ANSWER_SECONDS", 0.05)
    team = hub.workspace()
    make_bot(hub, "desk")
    body: dict[str, Any] = {"command": "/blocked", "text": "", "team_id": team.team_id}
    body |= {"user_id": hub.people(team)[0], "trigger_id": "1.2", "channel_id": "D1"}
    interactions.answer(hub.slack_app, body)
    InboxEvent.objects.update(taken_at=datetime.now(UTC) - TAKEN_FOR)

    holding.renew()

    assert list(InboxEvent.objects.free(datetime.now(UTC))) == []
    gate.set()
    wait_until(lambda: InboxEvent.objects.get().state == State.HANDLED)
    assert InboxEvent.objects.get().attempts == 1


def test_a_connection_that_was_lost_meanwhile_does_not_make_it_done_twice(hub: Hub) -> None:
    team, runs = hub.workspace(), []

    def lose(event: dict[str, Any]) -> None:
        runs.append("once")
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    app_for(hub.slack_app).event("pin_added")(lose)
    hub.send(team, {"type": "pin_added", "user": "U1"})

    wait_until(lambda: InboxEvent.objects.filter(state=State.HANDLED).exists())
    assert runs == ["once"]


SLOW = """
import time
from bots.scripts import Script
bot = Script()

@bot.bolt.command("/tea")
def tea(ack):
    ack()
    time.sleep(0.3)
"""

COMMAND = """
from pathlib import Path
from django.conf import settings
settings.BOTS_DIR = Path({folder!r})
from bots.interactions import answer
from teams.models import SlackApp
answer(SlackApp.objects.get(pk={app}), {body!r})
"""


def test_a_process_that_ends_finishes_its_commands(hub: Hub, tmp_path: Path) -> None:
    team = hub.workspace()
    (tmp_path / "slow.py").write_text(SLOW)
    make_bot(hub, "slow")
    body = {"command": "/tea", "text": "", "team_id": team.team_id, "user_id": "U1"}
    code = COMMAND.format(folder=str(tmp_path), app=hub.slack_app.pk, body=body)

    with another_process(code) as process:
        assert process.wait(20) == 0

    assert InboxEvent.objects.get().state == State.HANDLED
