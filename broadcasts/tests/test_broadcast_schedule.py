"""The PeriodicTask of a broadcast is the only store of its schedule."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django_celery_beat.models import PeriodicTask

from broadcasts.clock import database_now
from broadcasts.models import Broadcast
from broadcasts.tests.factories import make_broadcast
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db


def test_a_crontab_becomes_its_periodic_task() -> None:
    broadcast = make_broadcast(name="Stand-up")

    broadcast.schedule_crontab(minute="30", hour="11", day_of_week="1-5", zone="Europe/Berlin")

    task = PeriodicTask.objects.get(broadcast=broadcast)
    assert (task.task, json.loads(task.args)) == ("broadcasts.tasks.fire", [broadcast.pk])
    assert task.name == f"Stand-up (broadcast {broadcast.pk})"
    assert (task.one_off, task.enabled) == (False, False)
    assert str(task.crontab.timezone) == "Europe/Berlin"


def test_a_single_time_is_a_one_off() -> None:
    broadcast = make_broadcast()
    at = database_now() + timedelta(hours=1)

    broadcast.schedule_once(at)

    task = PeriodicTask.objects.get(broadcast=broadcast)
    assert (task.one_off, task.clocked.clocked_time, task.crontab) == (True, at, None)


def test_a_new_schedule_takes_the_place_of_the_old() -> None:
    broadcast, other = make_broadcast(), make_broadcast()
    for one in (broadcast, other):
        one.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")

    broadcast.schedule_once(database_now() + timedelta(hours=1))

    assert PeriodicTask.objects.filter(broadcast__isnull=False).count() == 2
    broadcast.refresh_from_db()
    other.refresh_from_db()
    assert broadcast.schedule is not None
    assert other.schedule is not None
    assert (broadcast.schedule.crontab, broadcast.schedule.one_off) == (None, True)
    assert other.schedule.crontab is not None


def test_a_new_schedule_of_a_live_broadcast_counts_from_now() -> None:
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")
    broadcast.start(database_now())
    Broadcast.objects.update(last_fired=datetime(2020, 1, 1, tzinfo=UTC))
    before = database_now()

    broadcast.schedule_crontab(minute="0", hour="8", zone="Europe/Berlin")

    broadcast.refresh_from_db()
    assert broadcast.last_fired is not None
    assert broadcast.last_fired >= before
    assert broadcast.schedule is not None
    assert broadcast.schedule.enabled


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"minute": "99"}, "The minute '99' cannot be read."),
        ({"hour": "noon"}, "The hour 'noon' cannot be read."),
        ({"zone": "Mars/Olympus"}, "There is no time zone 'Mars/Olympus'."),
        ({"day_of_month": "31", "month_of_year": "2"}, "There is no such day"),
    ],
)
def test_an_unfit_crontab_is_refused(fields: dict[str, str], sentence: str) -> None:
    broadcast = make_broadcast()

    with pytest.raises(ValidationError, match=sentence):
        broadcast.schedule_crontab(**{"minute": "30", "hour": "11", "zone": "UTC"} | fields)

    broadcast.refresh_from_db()
    assert broadcast.schedule is None


def test_a_time_in_the_past_is_refused() -> None:
    with pytest.raises(ValidationError, match="2020-01-01 09:00 UTC is in the past"):
        make_broadcast().schedule_once(datetime(2020, 1, 1, 9, tzinfo=UTC))


@pytest.mark.parametrize("state", ["cancelled", "finished"])
def test_what_is_over_gets_no_new_schedule(state: str) -> None:
    broadcast = make_broadcast(state=state)

    with pytest.raises(ValidationError, match="gets no new schedule"):
        broadcast.schedule_once(database_now() + timedelta(hours=1))


def test_the_next_instants_can_be_shown() -> None:
    broadcast = make_broadcast()
    broadcast.schedule_crontab(minute="30", hour="11", day_of_week="1-5", zone="Europe/Berlin")

    friday, monday = broadcast.next_instants(datetime(2026, 10, 23, tzinfo=UTC), 2)

    assert friday == datetime(2026, 10, 23, 9, 30, tzinfo=UTC)
    assert monday == datetime(2026, 10, 26, 10, 30, tzinfo=UTC)


def test_its_periodic_task_cannot_be_deleted_under_it() -> None:
    broadcast = make_broadcast()
    broadcast.schedule_crontab(minute="30", hour="11", zone="UTC")
    task = PeriodicTask.objects.get(broadcast=broadcast)

    with pytest.raises(ProtectedError):
        task.delete()
    with pytest.raises(ProtectedError):
        task.crontab.delete()
