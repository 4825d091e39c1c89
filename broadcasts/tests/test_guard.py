"""A copy of the database starts held, whatever made it."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from broadcasts import guard
from broadcasts.clock import database_now
from broadcasts.models import Delivery, Engine
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

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


def test_another_postgresql_holds() -> None:
    guard.check(NOW)
    Engine.objects.update(system_identifier="1:1:1")

    assert not guard.check(NOW)
    assert "another PostgreSQL" in Engine.get().hold_reason


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
