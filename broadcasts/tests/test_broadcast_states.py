"""Start, pause, resume, cancel: what staff may do, and what they are told when they may not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from broadcasts.clock import database_now
from broadcasts.models import Broadcast, Run
from broadcasts.tests.factories import make_broadcast, make_message, make_run
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

State = Broadcast.State


def scheduled() -> Broadcast:
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")
    broadcast.start(database_now())
    return broadcast


def stored(broadcast: Broadcast) -> Broadcast:
    return Broadcast.objects.select_related("schedule").get(pk=broadcast.pk)


def is_switched_on(broadcast: Broadcast) -> bool:
    schedule = stored(broadcast).schedule
    return bool(schedule and schedule.enabled)


def test_start_schedules_a_draft() -> None:
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")
    assert not is_switched_on(broadcast)
    now = database_now()

    broadcast.start(now)

    assert (stored(broadcast).state, stored(broadcast).last_fired) == (State.SCHEDULED, now)
    assert is_switched_on(broadcast)


def test_start_says_all_that_is_missing() -> None:
    broadcast = make_broadcast(message=make_message(text="Hi {{ nmae }}"))

    with pytest.raises(ValidationError) as refusal:
        broadcast.start(database_now())

    assert refusal.value.messages == [
        "The text: there is no variable nmae.",
        "Choose at least one team or group: it has no audience.",
        "Set a schedule: a time, or a crontab with its zone.",
    ]
    assert stored(broadcast).state == State.DRAFT


def test_start_refuses_a_time_that_has_passed_since() -> None:
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_once(database_now() + timedelta(hours=1))

    with pytest.raises(ValidationError, match="Its time has passed"):
        broadcast.start(database_now() + timedelta(hours=2))


def test_two_clicks_on_start_make_one() -> None:
    broadcast = scheduled()

    with pytest.raises(ValidationError, match="is scheduled"):
        broadcast.start(database_now())


def test_pause_stops_its_runs_alone() -> None:
    broadcast, other = scheduled(), scheduled()
    mine, theirs = make_run(broadcast), make_run(other)

    broadcast.pause("The text is wrong.")

    assert (stored(broadcast).state, stored(other).state) == (State.PAUSED, State.SCHEDULED)
    assert stored(broadcast).state_reason == "The text is wrong."
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.state, theirs.state) == (Run.State.PAUSED, Run.State.ACTIVE)
    assert (is_switched_on(broadcast), is_switched_on(other)) == (False, True)


def test_resume_goes_on_from_now() -> None:
    broadcast = scheduled()
    mine = make_run(broadcast)
    own_pause = make_run(broadcast)
    Run.objects.filter(pk=own_pause.pk).pause("Paused by staff.")
    broadcast.pause()
    later = database_now() + timedelta(days=3)

    broadcast.resume(later)

    mine.refresh_from_db()
    own_pause.refresh_from_db()
    assert (stored(broadcast).state, stored(broadcast).last_fired) == (State.SCHEDULED, later)
    assert (mine.state, own_pause.state) == (Run.State.ACTIVE, Run.State.PAUSED)
    assert is_switched_on(broadcast)


def test_resume_refuses_a_one_off_whose_time_passed_meanwhile() -> None:
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_once(database_now() + timedelta(hours=1))
    broadcast.start(database_now())
    broadcast.pause()

    with pytest.raises(ValidationError, match="Its time passed while it was paused"):
        broadcast.resume(database_now() + timedelta(hours=2))

    assert stored(broadcast).state == State.PAUSED


def test_a_one_off_paused_in_the_middle_of_its_run_goes_on() -> None:
    broadcast = make_broadcast(teams=(make_team(),))
    at = database_now() + timedelta(hours=1)
    broadcast.schedule_once(at)
    broadcast.start(database_now())
    run = make_run(broadcast, scheduled_for=at)
    broadcast.pause()

    broadcast.resume(at + timedelta(minutes=5))

    run.refresh_from_db()
    assert run.state == Run.State.ACTIVE


@pytest.mark.parametrize("is_paused", [True, False])
def test_cancel_ends_its_runs_alone(is_paused: bool) -> None:
    broadcast, other = scheduled(), scheduled()
    mine, theirs = make_run(broadcast), make_run(other)
    if is_paused:
        broadcast.pause()

    broadcast.cancel(database_now())

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert stored(broadcast).state == State.CANCELLED
    assert (mine.state, theirs.state) == (Run.State.CANCELLED, Run.State.ACTIVE)
    assert (is_switched_on(broadcast), is_switched_on(other)) == (False, True)


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (State.DRAFT, lambda broadcast: broadcast.pause()),
        (State.DRAFT, lambda broadcast: broadcast.cancel(database_now())),
        (State.SCHEDULED, lambda broadcast: broadcast.resume(database_now())),
        (State.CANCELLED, lambda broadcast: broadcast.resume(database_now())),
        (State.FINISHED, lambda broadcast: broadcast.cancel(database_now())),
        (State.FINISHED, lambda broadcast: broadcast.pause()),
    ],
)
def test_what_is_not_possible_is_refused(state: str, act: Callable[[Broadcast], object]) -> None:
    broadcast = scheduled()
    Broadcast.objects.filter(pk=broadcast.pk).update(state=state)

    with pytest.raises(ValidationError, match=f"is {state}: this is not possible then"):
        act(broadcast)

    assert stored(broadcast).state == state


def test_live_are_the_scheduled_and_the_paused() -> None:
    running, paused, _draft = scheduled(), scheduled(), make_broadcast()
    paused.pause()

    assert set(Broadcast.objects.live()) == {running, paused}
