"""A copy of the database starts held, whatever made it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from broadcasts import guard
from broadcasts.clock import database_now
from broadcasts.models import Delivery, Engine, Notice, Sender
from broadcasts.tasks import tick
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from broadcasts.tests.ledgers import in_hand, open_ledger
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

SYSTEM, TIMELINE, DATABASE = range(3)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_waiting() -> Delivery:
    return make_delivery(make_run(), make_person(make_team()))


def test_a_first_start_is_recognised_and_goes_on() -> None:
    assert guard.check(NOW)
    assert guard.check(NOW + timedelta(seconds=5))
    assert Engine.get().beat_at == NOW + timedelta(seconds=5)


def test_another_public_url_holds(settings: Settings) -> None:
    guard.check(NOW)
    settings.PUBLIC_URL = "https://staging.example.com"

    assert not guard.check(NOW)
    assert "https://staging.example.com" in Engine.get().hold_reason


@pytest.mark.parametrize("part", [SYSTEM, TIMELINE, DATABASE])
def test_another_postgresql_holds(part: int) -> None:
    """Restored or moved, promoted, cloned beside the original: each is another identity."""
    guard.check(NOW)
    parts = guard.identity().split(":")
    parts[part] = "7"
    Engine.objects.update(system_identifier=":".join(parts))

    assert not guard.check(NOW)
    assert "another PostgreSQL" in Engine.get().hold_reason


def test_the_identity_is_of_this_server_and_its_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier || ':' || timeline_id "
            "FROM pg_control_system(), pg_control_checkpoint()"
        )
        (system_and_timeline,) = cursor.fetchone() or ("",)

    assert guard.identity().rpartition(":")[0] == system_and_timeline


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_outlives_a_failover_marks_nothing() -> None:
    row = make_waiting()
    guard.check(NOW)
    Engine.objects.update(system_identifier="1:1:1")

    with open_ledger() as ledger:
        marked = ledger.exchange([], [in_hand(row)])

    assert marked == {}
    assert "another PostgreSQL" in Engine.get().hold_reason


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_could_not_be_looked_at_is_not_used() -> None:
    with connection.cursor() as cursor, open_ledger() as ledger:
        cursor.execute("ALTER TABLE broadcasts_engine RENAME TO away")
        try:
            for _ in range(2):
                with pytest.raises(psycopg.Error):
                    ledger.exchange([], [])
        finally:
            cursor.execute("ALTER TABLE away RENAME TO broadcasts_engine")


@pytest.mark.parametrize("cause", ["url", "identity", "absence"])
def test_a_hub_that_holds_itself_starts_nothing(cause: str, settings: Settings) -> None:
    """Whatever made the copy: no sender is asked for, nothing fires, and no row is touched."""
    now = database_now()
    guard.check(now)
    row = make_waiting()
    match cause:
        case "url":
            settings.PUBLIC_URL = "https://staging.example.com"
        case "identity":
            Engine.objects.update(system_identifier="1:1:1")
        case "absence":
            Engine.objects.update(beat_at=now - timedelta(minutes=16))

    tick()

    row.refresh_from_db()
    assert (row.state, row.attempt) == (Delivery.State.READY, 0)
    assert not Sender.objects.exists()
    assert Notice.objects.filter(kind=Notice.Kind.HUB_HELD).exists()


def test_a_long_absence_with_rows_waiting_holds() -> None:
    guard.check(NOW)
    make_waiting()

    assert not guard.check(NOW + timedelta(minutes=16))
    assert "an old backup?" in Engine.get().hold_reason


def test_a_long_absence_with_a_broadcast_due_holds() -> None:
    now = database_now()
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_once(now + timedelta(minutes=5))
    broadcast.start(now)
    guard.check(now)

    assert not guard.check(now + timedelta(minutes=16))


def test_a_long_absence_with_nothing_to_send_goes_on() -> None:
    guard.check(NOW)

    assert guard.check(NOW + timedelta(days=3))


def test_a_short_absence_goes_on() -> None:
    guard.check(NOW)
    make_waiting()

    assert guard.check(NOW + timedelta(minutes=14))


def test_it_stays_held_until_a_person_releases(settings: Settings) -> None:
    guard.check(NOW)
    settings.PUBLIC_URL = "https://new.example.com"
    guard.check(NOW)

    assert not guard.check(NOW + timedelta(minutes=1))
    guard.release(NOW + timedelta(minutes=2))
    assert guard.check(NOW + timedelta(minutes=2))
