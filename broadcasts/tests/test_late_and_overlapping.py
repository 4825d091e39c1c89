"""Firings that come late, or while the run before still sends; a second broadcast stays free."""

from datetime import datetime, timedelta

import pytest

from broadcasts.expansion import expand_chunk
from broadcasts.firing import fire_due
from broadcasts.models import Broadcast, Delivery, Run
from broadcasts.tests.factories import make_delivery
from broadcasts.tests.test_firing import START, daily
from broadcasts.waiting import start_waiting
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

State = Run.State
FIRST = START.replace(hour=11, minute=30)
SECOND = FIRST + timedelta(days=1)
SOON = timedelta(seconds=3)


def still_sending(**fields: object) -> tuple[Broadcast, Run, Delivery]:
    """A daily broadcast whose first run has one message left."""
    broadcast = daily()
    Broadcast.objects.filter(pk=broadcast.pk).update(**fields)
    fire_due(FIRST + SOON)
    run = broadcast.runs.get()
    Run.objects.filter(pk=run.pk).update(expanded_at=FIRST)
    return broadcast, run, make_delivery(run, make_person(broadcast.teams.get()))


def state_of(broadcast: Broadcast, at: datetime) -> tuple[str, str]:
    run = broadcast.runs.get(scheduled_for=at)
    return run.state, run.state_reason


def test_a_firing_within_its_time_is_sent() -> None:
    broadcast = daily()

    assert len(fire_due(FIRST + timedelta(hours=1))) == 1
    assert state_of(broadcast, FIRST) == (State.ACTIVE, "")


def test_a_later_one_is_held_and_asks() -> None:
    broadcast, other = daily(), daily(minute="0", hour="14")

    began = fire_due(FIRST + timedelta(hours=3))

    assert began == [other.runs.get().pk]
    state, reason = state_of(broadcast, FIRST)
    assert (state, reason.split(":")[-1]) == (State.HELD, " send it now, or cancel it.")


def test_each_broadcast_says_how_late_it_may_be() -> None:
    broadcast = daily()
    Broadcast.objects.filter(pk=broadcast.pk).update(late_minutes=200)

    assert len(fire_due(FIRST + timedelta(hours=3))) == 1


def test_what_is_held_makes_no_deliveries() -> None:
    broadcast = daily()
    make_person(broadcast.teams.get())
    fire_due(FIRST + timedelta(hours=3))
    run = broadcast.runs.get()

    assert not expand_chunk(run.pk)
    assert run.pk not in Run.objects.unexpanded()
    assert not Delivery.objects.exists()


def test_a_person_sends_what_was_held() -> None:
    broadcast, other = daily(), daily()
    now = FIRST + timedelta(hours=3)
    fire_due(now)

    assert broadcast.runs.all().let_go() == 1
    assert start_waiting(now) == [broadcast.runs.get().pk]

    assert state_of(broadcast, FIRST)[0] == State.ACTIVE
    assert state_of(other, FIRST)[0] == State.HELD


def test_a_held_run_can_be_cancelled_and_then_not_be_sent() -> None:
    broadcast = daily()
    fire_due(FIRST + timedelta(hours=3))

    assert broadcast.runs.all().cancel(FIRST) == 1

    assert broadcast.runs.all().let_go() == 0


def test_the_next_firing_waits_while_the_last_run_sends_and_says_so() -> None:
    broadcast, _, _ = still_sending()
    free = daily()

    began = fire_due(SECOND + SOON)

    assert began == [free.runs.get(scheduled_for=SECOND).pk]
    assert state_of(broadcast, SECOND) == (State.WAITING, "Waits until the run before it is over.")
    assert start_waiting(SECOND + SOON) == []


def test_it_begins_when_the_earlier_one_is_over() -> None:
    broadcast, _, delivery = still_sending()
    fire_due(SECOND + SOON)
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", ts="1.1")

    began = start_waiting(SECOND + timedelta(minutes=20))

    assert began == [broadcast.runs.get(scheduled_for=SECOND).pk]
    assert state_of(broadcast, SECOND) == (State.ACTIVE, "Waited until 2026-11-21 10:50 UTC.")


def test_those_that_wait_go_one_after_the_other() -> None:
    broadcast, run, _ = still_sending()
    fire_due(SECOND + SOON)
    fire_due(SECOND + timedelta(days=1) + SOON)
    run.broadcast.runs.filter(pk=run.pk).cancel(SECOND)

    now = SECOND + timedelta(days=1, minutes=1)
    assert start_waiting(now) == [broadcast.runs.get(scheduled_for=SECOND).pk]
    assert start_waiting(now) == []


def test_one_may_be_skipped_instead() -> None:
    broadcast, _, _ = still_sending(overlap=Broadcast.Overlap.SKIP)

    assert fire_due(SECOND + SOON) == []

    run = broadcast.runs.get(scheduled_for=SECOND)
    assert (run.state, run.finished_at) == (State.CANCELLED, SECOND + SOON)
    assert run.state_reason.startswith("Skipped")


def test_a_team_that_is_not_served_keeps_nobody_waiting() -> None:
    broadcast, _, _ = still_sending()
    broadcast.teams.add(make_team())
    Team.objects.filter(pk=broadcast.teams.earliest("pk").pk).pause("Missing scope.", FIRST)

    assert len(fire_due(SECOND + SOON)) == 1


def test_a_paused_run_is_not_overtaken() -> None:
    broadcast, run, _ = still_sending()
    Run.objects.filter(pk=run.pk).pause("Paused by staff.")

    assert fire_due(SECOND + SOON) == []
    assert state_of(broadcast, SECOND)[0] == State.WAITING


def test_nothing_begins_in_a_paused_broadcast() -> None:
    broadcast, run, _ = still_sending()
    fire_due(SECOND + SOON)
    broadcast.pause()
    Run.objects.filter(pk=run.pk).cancel(SECOND)

    assert start_waiting(SECOND + SOON) == []
    broadcast.resume(SECOND + SOON)
    assert len(start_waiting(SECOND + SOON)) == 1


def test_a_cancelled_broadcast_cancels_what_waits_and_what_is_held() -> None:
    broadcast, _, _ = still_sending()
    fire_due(SECOND + SOON)
    fire_due(SECOND + timedelta(days=1, hours=3))

    broadcast.refresh_from_db()
    broadcast.cancel(SECOND)

    assert set(broadcast.runs.values_list("state", flat=True)) == {State.CANCELLED}
