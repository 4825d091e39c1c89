"""A run whose expanding process dies, or is busy, when somebody else comes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from django.db import OperationalError, connection, transaction
from pytest_django import Settings

from broadcasts import tasks
from broadcasts.clock import database_now
from broadcasts.expansion import expand_chunk
from broadcasts.models import Run
from broadcasts.tests.factories import make_broadcast, make_run
from sandbox.testing import wait_until
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def caught_in_a_chunk(run: Run) -> Iterator[int]:
    """The database's process id of a connection whose chunk is made and not committed."""
    made, done = threading.Event(), threading.Event()
    pids: list[int] = []

    def expand() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.extend(cursor.fetchone() or ())
                expand_chunk(run.pk)
                made.set()
                done.wait(10)
        except OperationalError:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=expand)
    thread.start()
    assert made.wait(10)
    try:
        yield pids[0]
    finally:
        done.set()
        thread.join()


@pytest.fixture
def teams() -> tuple[Team, Team]:
    teams = make_team(), make_team()
    for team in teams:
        for _ in range(3):
            make_person(team)
    return teams


def test_a_half_expanded_run_is_taken_up_by_the_next_tick(
    teams: tuple[Team, Team], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    settings.SENDER_SLOTS = 0
    run, other = (make_run(make_broadcast(teams=(team,))) for team in teams)
    expand_chunk(run.pk)

    with caught_in_a_chunk(run) as pid:
        assert not expand_chunk(run.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        tasks.tick()

    for one in (run, other):
        one.refresh_from_db()
        assert one.expanded_at is not None
        assert one.deliveries.count() == 3


def test_neither_pause_nor_cancel_waits_for_a_chunk(teams: tuple[Team, Team]) -> None:
    run = make_run(make_broadcast(teams=teams))

    with transaction.atomic(), connection.cursor() as cursor:
        # The chunk stands in the middle of its work until this transaction is over.
        cursor.execute("LOCK TABLE teams_recipient")
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        thread = threading.Thread(target=_expand_and_close, args=(run,))
        thread.start()
        wait_until(_somebody_waits)
        assert Run.objects.filter(pk=run.pk).pause("Staff") == 1
        assert Run.objects.filter(pk=run.pk).cancel(database_now()) == 1
    thread.join()

    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def _expand_and_close(run: Run) -> None:
    expand_chunk(run.pk)
    connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (waiting,) = cursor.fetchone() or (0,)
    return bool(waiting)
