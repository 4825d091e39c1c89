"""What a sender keeps of one lane: no lane may use up what the others need."""

import pytest

from broadcasts.sending.lane import MOST_UNANSWERED, LaneState
from broadcasts.sending.learning import Memory
from broadcasts.sending.outage import Window
from broadcasts.sending.pacing import Grant
from broadcasts.sending.rows import Due, LaneRow, Ready
from teams.poster import CONNECTIONS


@pytest.fixture
def lane() -> LaneState:
    lane = LaneState.take_up(LaneRow(1, "Team", "xoxb-1", 1, Memory(600.0, 600.0), 0.0), 100.0)
    rows = [Due(n, 0, None, 1, 1, None, f"U{n}", "", None, {}) for n in range(20)]  # type: ignore[arg-type]
    lane.queue.add(1, [Ready(row, b"{}") for row in rows])
    return lane


def take(lane: LaneState, now: float, horizon: float) -> tuple[Ready, float] | None:
    return lane.next_between(now, horizon, channel_interval=1.0, may_go=lambda _: True)


def test_a_workspace_that_never_answers_leaves_connections_to_the_others(lane: LaneState) -> None:
    """Its places in flight are free again after ten seconds, its connections after sixty."""
    lane.unanswered = MOST_UNANSWERED

    assert lane.wish(100.0, Window(64, 512), 20) is None
    assert MOST_UNANSWERED <= CONNECTIONS // 4


def test_channels_that_may_be_posted_to_again_are_forgotten(lane: LaneState) -> None:
    lane.channel_used = {"D1": 96.0, "D2": 99.5}

    lane.forget_channels(oldest=97.0)

    assert lane.channel_used == {"D2": 99.5}


def test_a_lane_in_a_traceback_shows_no_token(lane: LaneState) -> None:
    assert "xoxb-1" not in repr(lane)


def test_slots_that_come_during_a_hold_are_not_used(lane: LaneState) -> None:
    lane.hold(100.0, 30.0)

    lane.add_slots(Grant(4, 0.0, 0.05), now=100.1)

    assert lane.due_between(101.0, 101.06) == 0


@pytest.mark.parametrize(("now", "due"), [(99.0, 0), (99.95, 1), (100.15, 2), (110.0, 2)])
def test_a_lane_knows_how_many_connections_it_will_need(
    lane: LaneState, now: float, due: int
) -> None:
    lane.add_slots(Grant(4, 0.0, 0.05), now=100.0)
    horizon = now + 0.06

    counted = lane.due_between(now, horizon)

    assert counted == due
    taken = iter(lambda: take(lane, now, horizon), None)
    assert len(list(taken)) == due
