"""How run_bots ends: in order, hurried, and while the database answers nothing."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from slack_bolt import Ack

from bots.management.commands.run_bots import Command
from bots.models import InboxEvent
from bots.models.inbox import LOST_AFTER
from bots.registry import app_for
from bots.supervisor.rows import Link, Runner
from bots.tasks import sweep_inbox
from bots.tests.socketing import (
    make_socket_app,
    make_socket_hub,
    quick_steps,
    running_bots,
    wait_for_sockets,
)
from conftest import another_process
from sandbox.testing import RunningSandbox, wait_until
from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db(transaction=True)

UNHURRIED = "from django.core.management import call_command as call; call('run_bots')"
# Ten times as quick as it would be.
RUN = """
from django.core.management import call_command
from bots.supervisor import line, loop
loop.LAST_ROWS_SECONDS, loop.END_SECONDS, line.FINISH_SECONDS = 0.15, 0.6, 0.35
call_command("run_bots")
"""


@contextmanager
def silent_database() -> Iterator[None]:
    """Questions of run_bots are taken and not answered."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn) as other:
        for table in (Runner, InboxEvent):
            other.execute(f"LOCK TABLE {table._meta.db_table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def in_thread(work: Callable[[], None]) -> Thread:
    thread = Thread(target=work)
    thread.start()
    return thread


def test_b038_it_ends_in_order_when_it_is_told_to(slack: RunningSandbox) -> None:
    app = make_socket_app(slack)
    with another_process(UNHURRIED) as process:
        wait_for_sockets(slack, app)

        process.terminate()

        assert process.wait(20) == 0
    assert Link.objects.get().state == Link.State.UNSERVED
    assert not Runner.objects.exists()


def test_b038_what_is_in_hand_is_finished(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_steps(monkeypatch)
    hub = make_socket_hub(slack)
    team, begun, may_end = hub.workspace(), Event(), Event()

    def tea(ack: Ack) -> None:
        begun.set()
        may_end.wait(2)
        ack("Coming")

    app_for(hub.slack_app).command("/tea")(tea)
    order = {"team_id": team.team_id, "user": hub.people(team)[0], "command": "/tea"}
    answers: list[dict[str, Any]] = []
    with running_bots() as bots:
        wait_for_sockets(slack, hub.slack_app)
        asking = in_thread(lambda: answers.append(slack.control("POST", "command", order)))
        begun.wait(5)
        ending = in_thread(bots.stop)
        wait_until(lambda: not Runner.objects.exists())
        may_end.set()
        for thread in (asking, ending):
            thread.join(10)

    assert [answer["status"] for answer in answers] == [200]


def test_a_silent_database_does_not_hold_up_the_end(
    slack: RunningSandbox, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_steps(monkeypatch)
    hub = make_socket_hub(slack)
    team = hub.workspace()
    with another_process(RUN) as process:
        wait_for_sockets(slack, hub.slack_app)
        with silent_database():
            hub.say(team, "hi")
            (socket,) = wait_for_sockets(slack, hub.slack_app)
            process.terminate()

            assert process.wait(5) == 3
    # It had not acknowledged what it had not kept: that comes again, or waits in the inbox.
    assert socket["acked"] == 0
    Link.objects.update(leased_until=None, runner=None)
    with running_bots():
        wait_until(InboxEvent.objects.filter(type="message").exists)
    InboxEvent.objects.filter(state="kept").update(received_at=timezone.now() - LOST_AFTER)
    sweep_inbox()
    assert hub.reply(team)["text"].startswith("Hi")
    assert len(hub.replies(team)) == 1


def test_b038_a_second_signal_ends_it_at_once(slack: RunningSandbox) -> None:
    app = make_socket_app(slack)

    def told_again() -> int | None:
        process.terminate()
        return process.poll()

    with another_process(RUN.replace("0.6", "6.0")) as process:
        wait_for_sockets(slack, app)
        with silent_database():
            assert wait_until(told_again) == 130


def test_an_app_that_is_not_there_is_refused_in_a_sentence(
    transactional_db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "run_bots", "--app", "nobody"])

    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no Slack app nobody" in line


def test_an_app_that_is_called_over_http_is_waited_for_and_that_is_said(
    transactional_db: None, tmp_path: Path
) -> None:
    slug, told = make_app().slug, tmp_path / "told"
    wait = f"import sys; sys.stderr = open({str(told)!r}, 'w', 1); {UNHURRIED}"

    with another_process(wait.replace("'run_bots'", f"'run_bots', app={slug!r}")) as process:
        wait_until(lambda: told.exists() and told.read_text())
        assert process.poll() is None

    assert (
        told.read_text() == f"{slug} is switched off, or not in Socket Mode: waiting until it is.\n"
    )


def test_the_log_level_is_the_one_asked_for(transactional_db: None) -> None:
    root = logging.getLogger()
    before = root.level
    try:
        with pytest.raises(CommandError):
            call_command("run_bots", app="nobody", log_level="ERROR")
        assert root.level == logging.ERROR
    finally:
        root.setLevel(before)
