"""Replies share the lane: they pass the broadcasts and take their slots from the same budget."""

import asyncio
from datetime import timedelta

import pytest
from django.conf import settings as given
from django.test import override_settings
from pytest_django import Settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from broadcasts.clock import database_now
from broadcasts.replying import BURST, Place, hold_lane, take_place
from broadcasts.sending.lane import LaneState
from broadcasts.sending.learning import Memory
from broadcasts.sending.pacing import Grant, Pacer, Wish
from broadcasts.sending.rows import LaneRow
from teams.models import Lane, LimitedHour
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

PER_MINUTE = 60.0
# Seconds; longer than the waits of these tests.
PATIENT = 1000.0


@pytest.fixture
def lane() -> Lane:
    return make_lane()


@pytest.fixture
def interval(settings: Settings) -> None:
    settings.CHANNEL_INTERVAL = 1.0


def make_lane() -> Lane:
    lane = make_team().lane
    lane.rate = lane.ceiling = PER_MINUTE
    lane.save()
    with Redis.from_url(given.REDIS_URL) as redis:
        for key in redis.scan_iter(f"lane:{lane.pk}*"):
            redis.delete(key)
    return lane


def grant(lane: Lane, slots: int = 100) -> Grant | None:
    """What a sender would get now; twice, as an unknown lane is seeded first."""

    async def ask() -> Grant | None:
        async with AsyncRedis.from_url(given.REDIS_URL) as redis:
            pacer, wish = Pacer(redis), Wish(lane.pk, slots, PER_MINUTE, 0.0)
            grants = await pacer.grant([wish]) or await pacer.grant([wish])
            return grants.get(lane.pk)

    return asyncio.run(ask())


def take(lane: Lane, channel: str = "D1", patience: float = 2.0) -> Place:
    return take_place(lane, channel, patience=patience)


def test_a_reply_leaves_at_once_in_an_idle_lane(lane: Lane) -> None:
    assert take(lane) == Place(0.0, is_taken=True)


def test_a_reply_does_not_wait_behind_a_broadcast_at_full_pace(lane: Lane) -> None:
    grant(lane)

    assert take(lane) == Place(0.0, is_taken=True)


def test_the_broadcast_comes_a_slot_later_for_each_reply(lane: Lane) -> None:
    assert grant(lane, 1)
    take(lane)
    take(lane)

    # Three seconds are taken, and slots are given a second ahead at most.
    assert grant(lane, 1) is None


def test_another_lane_does_not_come_later(lane: Lane) -> None:
    other = make_lane()
    take(lane)

    slots = grant(other, 1)

    assert slots and slots.wait_seconds < 0.01


def waits_of(lane: Lane, replies: int) -> list[float]:
    return [take(lane, patience=PATIENT).wait for _ in range(replies)]


def test_after_a_burst_replies_keep_below_the_pace(lane: Lane) -> None:
    lane.ceiling = 6.0

    waits = waits_of(lane, BURST + 3)

    assert waits == pytest.approx([0.0] * (BURST + 1) + [11.1, 22.2], abs=2)


@pytest.mark.parametrize(("minutes", "wait"), [(None, 11.1), (-1, 11.1), (1, 22.2)])
def test_a_first_guess_is_no_pace_for_replies_and_a_known_limit_is(
    lane: Lane, minutes: int | None, wait: float
) -> None:
    lane.rate, lane.ceiling = 3.0, 6.0
    lane.bad_until = database_now() + timedelta(minutes=minutes) if minutes else None

    assert waits_of(lane, BURST + 2)[-1] == pytest.approx(wait, abs=2)


def test_who_has_no_patience_takes_no_place(interval: None, lane: Lane) -> None:
    take(lane, "C1")

    assert not take(lane, "C1", patience=0.1).is_taken
    assert take(lane, "C2", patience=0.1).is_taken


def test_a_held_lane_holds_its_replies_and_no_others(lane: Lane) -> None:
    other = make_lane()

    hold_lane(lane, 30.0, "Slack asks us to slow down.")

    place = take(lane)
    assert (place.is_taken, place.wait > 25) == (False, True)
    assert grant(lane) is None
    assert take(other).is_taken
    lane.refresh_from_db()
    assert "slow down" in lane.why(database_now())
    assert other.paused_until is None
    assert list(LimitedHour.objects.values_list("team", "count")) == [(lane.pk, 1)]


def test_a_hold_outlives_redis(lane: Lane) -> None:
    lane.paused_until = database_now() + timedelta(seconds=30)

    assert not take(lane).is_taken


def test_a_shorter_hold_shortens_nothing(lane: Lane) -> None:
    hold_lane(lane, 30.0, "Long")
    hold_lane(lane, 1.0, "Short")

    assert take(lane).wait > 25


def test_a_channel_rests_between_two_replies(interval: None, lane: Lane) -> None:
    take(lane, "C1")

    assert 0.2 < take(lane, "C1").wait <= 1.0


def test_a_broadcast_hears_of_the_channel_of_a_reply(interval: None, lane: Lane) -> None:
    take(lane, "C1")
    slots = grant(lane, 1)
    state = LaneState.take_up(LaneRow(lane.pk, "Team", "", 1, Memory(600.0, 600.0), 0.0), 100.0)

    assert slots
    state.add_slots(slots, 100.0)

    assert 99.0 < state.channel_used["C1"] <= 100.0


def test_without_redis_a_reply_goes_and_a_hold_holds(lane: Lane) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert take(lane).is_taken
        hold_lane(lane, 30.0, "Slack asks us to slow down.")
        lane.refresh_from_db()
        assert not take(lane).is_taken
