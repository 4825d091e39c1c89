"""Slots of a lane: even, at most a second ahead, shared by all processes."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.conf import settings
from redis.asyncio import Redis

from broadcasts.sending.lane import LaneState
from broadcasts.sending.learning import Memory
from broadcasts.sending.pacing import OPENS_AT_ONCE, Grant, Pacer, Wish
from broadcasts.sending.rows import Due, LaneRow, Ready

LANE, OTHER = 1, 2


@asynccontextmanager
async def two_processes() -> AsyncIterator[tuple[Pacer, Pacer]]:
    """Two pacers of one hub, on keys of their own, each with a connection of its own."""
    prefix = f"test-{uuid.uuid4()}"
    async with Redis.from_url(settings.REDIS_URL) as one, Redis.from_url(settings.REDIS_URL) as two:
        yield Pacer(one, prefix), Pacer(two, prefix)


def run(story: Callable[[Pacer, Pacer], Coroutine[None, None, None]]) -> None:
    async def tell() -> None:
        async with two_processes() as pacers:
            await story(*pacers)

    asyncio.run(tell())


def make_ready(number: int) -> Ready:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Ready(Due(number, 0, when, LANE, 1, number, f"U{number}", "", None, {}), b"{}")


def wish(lane: int = LANE, *, slots: int = 100, per_minute: float = 600, hold: float = 0) -> Wish:
    return Wish(lane, slots, per_minute, hold)


def make_lane() -> LaneState:
    row = LaneRow(LANE, "Team", "xoxb-1", 1, Memory(600.0, 600.0), 0.0)
    return LaneState.take_up(row, 100.0)


def test_an_unknown_lane_is_seeded_without_a_burst() -> None:
    async def story(pacer: Pacer, _: Pacer) -> None:
        assert await pacer.grant([wish()]) == {}

        grant = (await pacer.grant([wish()]))[LANE]

        assert grant.interval_seconds == pytest.approx(0.1)
        assert grant.slots <= 11

    run(story)


def test_two_processes_share_one_pace() -> None:
    async def story(pacer: Pacer, other: Pacer) -> None:
        await pacer.grant([wish(per_minute=300)])
        first = await pacer.grant([wish(slots=3, per_minute=300)])
        second = await other.grant([wish(slots=2, per_minute=300)])

        assert first[LANE].slots == 3
        assert second[LANE].wait_seconds >= first[LANE].wait_seconds + 3 * 0.2 - 0.1

        third = await other.grant([wish(slots=100, per_minute=300)])
        assert LANE not in third or third[LANE].slots <= 1

    run(story)


def test_lanes_do_not_share() -> None:
    async def story(pacer: Pacer, _: Pacer) -> None:
        both = [wish(LANE), wish(OTHER)]
        await pacer.grant(both)
        await pacer.grant([wish(LANE)])

        assert (await pacer.grant(both))[OTHER].slots >= 10

    run(story)


def test_a_hold_stops_every_process_and_is_never_shortened() -> None:
    async def story(pacer: Pacer, other: Pacer) -> None:
        await pacer.grant([wish(LANE), wish(OTHER)])
        await pacer.hold(LANE, 30)
        await other.hold(LANE, 1)

        assert LANE not in await other.grant([wish(LANE)])
        assert OTHER in await other.grant([wish(OTHER)])

    run(story)


def test_a_seed_carries_the_hold_of_the_row() -> None:
    async def story(pacer: Pacer, _: Pacer) -> None:
        await pacer.grant([wish(hold=30)])

        assert await pacer.grant([wish(hold=30)]) == {}

    run(story)


def test_direct_messages_are_opened_at_their_own_pace() -> None:
    async def story(pacer: Pacer, other: Pacer) -> None:
        waits = [await pacer.open_wait(LANE) for _ in range(OPENS_AT_ONCE)]

        assert waits == [0.0] * OPENS_AT_ONCE
        assert 0.0 < await other.open_wait(LANE) <= 1.2
        assert 1.2 < await pacer.open_wait(LANE) <= 2.4
        assert await pacer.open_wait(OTHER) == 0.0

    run(story)


def test_slots_of_two_grants_keep_their_distance() -> None:
    lane = make_lane()

    lane.add_slots(Grant(3, 0.0, 0.1), now=100.0)
    lane.add_slots(Grant(2, 0.0, 0.1), now=100.1)

    slots = list(lane.slots)
    gaps = [later - earlier for earlier, later in pairwise(slots)]
    assert gaps == pytest.approx([0.1] * 4)


def test_missed_slots_never_bunch_and_slide_but_for_two() -> None:
    lane = make_lane()
    lane.queue.add(None, [make_ready(number) for number in range(20)])
    lane.add_slots(Grant(20, 0.0, 0.1), now=100.0)

    # The turn comes half a second late: five slots have passed.
    taken = [
        lane.next_between(100.5, 102.0, channel_interval=0.0, may_go=lambda _: True)
        for _ in range(15)
    ]

    slots = [one[1] for one in taken if one]
    gaps = [later - earlier for earlier, later in pairwise(slots)]
    assert slots[0] == 100.5
    assert gaps == pytest.approx([*[0.08] * 10, *[0.1] * 4])
