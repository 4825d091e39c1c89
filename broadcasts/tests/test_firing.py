"""From a schedule to exactly one run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from broadcasts.clock import database_now
from broadcasts.firing import fire, fire_due
from broadcasts.models import Broadcast, Run
from broadcasts.tests.factories import make_broadcast
from sandbox.testing import wait_until
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 20, 8, tzinfo=BERLIN)


def daily(start: datetime = START, **fields: str) -> Broadcast:
    """Started then, and due every day at 11:30 in Berlin, if nothing else is said."""
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_crontab(**{"minute": "30", "hour": "11", "zone": "Europe/Berlin"} | fields)
    broadcast.start(start)
    return broadcast


def once(after: timedelta = timedelta(hours=1)) -> tuple[Broadcast, datetime]:
    broadcast = make_broadcast(teams=(make_team(),))
    at = database_now() + after
    broadcast.schedule_once(at)
    broadcast.start(database_now())
    return broadcast, at


def fired_on(broadcast: Broadcast, days: list[datetime]) -> list[datetime]:
    """What its runs were scheduled for after a look every half hour of those days."""
    for day in days:
        for half_hours in range(48):
            fire_due(day + timedelta(minutes=30 * half_hours))
    return [run.scheduled_for for run in broadcast.runs.order_by("scheduled_for")]


def beat_sends_and_forgets(broadcast: Broadcast) -> None:
    """What django-celery-beat does with a one-off: sends it, then switches it off."""
    entry = next(ModelEntry(PeriodicTask.objects.get(broadcast=broadcast)))
    entry.save()
    ModelEntry(PeriodicTask.objects.get(broadcast=broadcast)).is_due()


def test_a_due_broadcast_makes_a_run_with_all_it_starts_with() -> None:
    broadcast, other = daily(), daily(hour="15")
    now = START.replace(hour=11, minute=30, second=3)

    pks = fire_due(now)

    run = Run.objects.get()
    assert pks == [run.pk]
    assert (run.broadcast, run.scheduled_for) == (broadcast, START.replace(hour=11, minute=30))
    assert (run.as_of, run.content) == (now, broadcast.message.content())
    assert run.audience["teams"] == [broadcast.teams.get().pk]
    assert not other.runs.exists()


def test_a_run_keeps_the_rules_of_its_firing() -> None:
    broadcast, other = daily(), daily(hour="15")
    Broadcast.objects.filter(pk=broadcast.pk).update(failure_percent=7, late_minutes=90)
    fire_due(START.replace(hour=11, minute=30, second=3))
    Broadcast.objects.update(failure_percent=50, late_minutes=5)
    fire_due(START.replace(hour=15, minute=30, second=3))

    kept = {run.broadcast_id: (run.failure_percent, run.late_minutes) for run in Run.objects.all()}
    assert kept == {broadcast.pk: (7, 90), other.pk: (50, 5)}


def test_a_single_time_set_in_any_zone_fires_though_nobody_looked_before() -> None:
    """What a form hands over is in its own zone, and in UTC once the row is read again."""
    broadcast = make_broadcast(teams=(make_team(),))
    at = database_now().astimezone(BERLIN) + timedelta(seconds=2)
    broadcast.schedule_once(at)
    broadcast.start(database_now())

    assert len(fire_due(at + timedelta(seconds=1))) == 1


def test_nothing_fires_before_its_time() -> None:
    daily()

    assert fire_due(START.replace(hour=11, minute=29, second=59)) == []


def test_a_second_look_makes_no_second_run() -> None:
    broadcast = daily()
    now = START.replace(hour=12)

    assert len(fire_due(now)) == 1
    assert fire_due(now + timedelta(seconds=5)) == []
    assert fire(broadcast.pk, now) == []


def test_even_a_forgotten_last_fired_makes_no_second_run() -> None:
    broadcast = daily()
    fire_due(START.replace(hour=12))
    Broadcast.objects.update(last_fired=START)

    assert fire_due(START.replace(hour=12)) == []
    assert broadcast.runs.count() == 1


def test_b054_missed_instants_become_one_run() -> None:
    broadcast = daily()
    back = (START + timedelta(days=4)).replace(hour=12)

    fire_due(back)

    run = broadcast.runs.get()
    assert run.scheduled_for == back.replace(hour=11, minute=30)
    assert (
        run.state_reason == "Stands also for 2026-11-23 10:30 UTC and before: nothing fired then."
    )


def test_b056_a_late_run_leaves_the_next_one_at_its_time() -> None:
    broadcast = daily(day_of_week="fri")
    fire_due(START.replace(hour=12, minute=30))

    assert broadcast.next_instants(START.replace(hour=13), 1) == [
        START.replace(day=27, hour=11, minute=30)
    ]


@pytest.mark.parametrize(
    ("sunday", "utc_hours"),
    [(datetime(2026, 3, 29), [10, 9, 9]), (datetime(2026, 10, 25), [9, 10, 10])],
)
def test_b058_half_past_eleven_stays_so_when_clocks_change(
    sunday: datetime, utc_hours: list[int]
) -> None:
    saturday = (sunday - timedelta(days=1)).replace(tzinfo=UTC)
    broadcast, other = daily(saturday), daily(saturday, zone="Asia/Tokyo")

    fired = fired_on(broadcast, [saturday + timedelta(days=days) for days in range(3)])

    assert [(at.hour, at.minute) for at in fired] == [(hour, 30) for hour in utc_hours]
    assert {at.astimezone(BERLIN).hour for at in fired} == {11}
    assert {run.scheduled_for.hour for run in other.runs.all()} == {2}


def test_b058_a_skipped_time_runs_once_and_a_doubled_one_once() -> None:
    for sunday in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        broadcast = daily(sunday - timedelta(hours=2), hour="2")

        assert len(fired_on(broadcast, [sunday])) == 1


def test_b059_monday_to_friday_leaves_the_weekend_alone() -> None:
    monday = datetime(2026, 10, 19, tzinfo=BERLIN)
    broadcast = daily(monday, day_of_week="mon-fri")

    fired = fired_on(broadcast, [monday + timedelta(days=days) for days in range(14)])

    local = [at.astimezone(BERLIN) for at in fired]
    assert [at.day for at in local] == [19, 20, 21, 22, 23, 26, 27, 28, 29, 30]
    assert {(at.hour, at.minute) for at in local} == {(11, 30)}


def test_a_one_off_fires_once_and_is_finished_after_its_run() -> None:
    broadcast, at = once()

    fire_due(at)
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.SCHEDULED
    broadcast.runs.update(state=Run.State.FINISHED)
    fire_due(at + timedelta(seconds=5))

    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.FINISHED
    assert broadcast.runs.get().scheduled_for == at
    assert broadcast.schedule is not None
    assert not broadcast.schedule.enabled


def test_a_one_off_whose_message_from_beat_was_lost_still_fires() -> None:
    broadcast, at = once(timedelta(milliseconds=200))
    wait_until(lambda: database_now() > at)
    beat_sends_and_forgets(broadcast)
    task = PeriodicTask.objects.get(broadcast=broadcast)
    assert (task.enabled, task.last_run_at) == (False, None)

    assert len(fire_due(database_now())) == 1
    assert fire_due(database_now()) == []


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_one_off_switched_off_before_its_time_is_paused(is_saved: bool) -> None:
    broadcast, at = once()
    task = PeriodicTask.objects.get(broadcast=broadcast)
    task.enabled = False
    if is_saved:
        task.save()
    else:
        PeriodicTask.objects.filter(pk=task.pk).update(enabled=False, last_run_at=None)

    assert fire_due(at + timedelta(minutes=1)) == []
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.PAUSED
    assert broadcast.state_reason == "Its periodic task was switched off."


def test_an_edit_seen_by_chance_fires_nothing_of_the_past() -> None:
    broadcast, other = daily(), daily(hour="15")
    CrontabSchedule.objects.filter(periodictask__broadcast=broadcast).update(hour="10")

    assert fire_due(START.replace(hour=10, minute=40)) == []
    assert fire_due(START.replace(hour=11, minute=40)) == []
    fire_due(START.replace(hour=16))
    fire_due(START.replace(day=21, hour=10, minute=30))

    assert broadcast.runs.get().scheduled_for == START.replace(day=21, hour=10, minute=30)
    assert other.runs.get().scheduled_for == START.replace(hour=15, minute=30)


def test_a_schedule_of_intervals_pauses_the_broadcast() -> None:
    broadcast, other = daily(), daily()
    every_hour = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.filter(broadcast=broadcast).update(crontab=None, interval=every_hour)

    fire_due(START.replace(hour=12))

    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.PAUSED
    assert broadcast.state_reason.startswith("A broadcast needs a crontab or a single time")
    assert other.runs.count() == 1


def test_a_start_time_of_the_schedule_is_waited_for() -> None:
    broadcast = daily()
    PeriodicTask.objects.filter(broadcast=broadcast).update(start_time=START + timedelta(days=1))

    assert fire_due(START + timedelta(hours=12)) == []
    assert len(fire_due(START + timedelta(hours=28))) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda broadcast: broadcast.pause(),
        lambda broadcast: broadcast.cancel(START),
        lambda broadcast: Broadcast.objects.filter(pk=broadcast.pk).update(state="draft"),
    ],
)
def test_only_the_scheduled_fire(change: Callable[[Broadcast], object]) -> None:
    broadcast, other = daily(), daily()
    change(broadcast)

    fire_due(START.replace(hour=12))

    assert not broadcast.runs.exists()
    assert other.runs.count() == 1


def test_a_broadcast_that_is_gone_fires_nothing() -> None:
    assert fire(0, START) == []


def test_looking_costs_the_same_for_one_and_for_many(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    for _ in range(5):
        daily()

    with django_assert_num_queries(2):
        fire_due(START)
