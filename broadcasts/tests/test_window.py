"""How many posts may be under way: enough for the pace, and few when Slack falls silent."""

import heapq
from random import Random

import pytest

from broadcasts.sending.choosing import AHEAD_SECONDS
from broadcasts.sending.outage import FORGOTTEN_SECONDS, RULES, Window

LEAST, MOST = 64, 512
TURN = 0.035
# One post each at the waits of an outage that lasts for ten minutes.
TRIES = 20


class Slack:
    """A sender's posts, evenly at a pace, to a Slack that answers each after some time."""

    def __init__(self, a_second: float, latency: tuple[float, float]) -> None:
        self.window = Window(LEAST, MOST)
        self.a_second = a_second
        self.latency = latency
        self.under_way = 0
        self.now = 0.0
        self._random = Random(1)
        self._answers: list[tuple[float, float]] = []
        self._next_slot = 0.0

    def go_on(self, seconds: float, *, answers: bool = True) -> int:
        """The posts made in that time."""
        posts, end = 0, self.now + seconds
        while self.now < end:
            while answers and self._answers and self._answers[0][0] <= self.now:
                _, chosen_at = heapq.heappop(self._answers)
                self.window.answered(chosen_at)
                self.under_way -= 1
            self.window.turn(self.now)
            self._next_slot = max(self._next_slot, self.now)
            while self._next_slot <= self.now + AHEAD_SECONDS and self.has_room:
                answered_at = self._next_slot + self._random.uniform(*self.latency)
                heapq.heappush(self._answers, (answered_at, self.now))
                self._next_slot += 1 / self.a_second
                self.under_way += 1
                posts += 1
            self.now += TURN
        return posts

    @property
    def has_room(self) -> bool:
        return self.under_way < self.window.size


@pytest.mark.parametrize("lanes", [1, 8, 25])
def test_an_outage_at_full_pace_finds_few_under_way(lanes: int) -> None:
    slack = Slack(lanes * 8.75, (0.1, 0.3))
    slack.go_on(60.0)

    slack.go_on(RULES.silence, answers=False)

    assert slack.under_way + TRIES < 100


@pytest.mark.parametrize(
    ("lanes", "latency"), [(25, (0.1, 0.3)), (100, (0.1, 0.3)), (200, (0.05, 0.2))]
)
def test_the_window_lets_the_whole_pace_through(lanes: int, latency: tuple[float, float]) -> None:
    slack = Slack(lanes * 8.75, latency)
    slack.go_on(3.0)

    assert slack.go_on(10.0) >= 0.99 * lanes * 8.75 * 10.0


def test_it_opens_within_seconds_where_it_is_what_limits() -> None:
    slack = Slack(100_000.0, (0.005, 0.02))

    slack.go_on(2.5)

    assert slack.window.size == MOST


def test_it_shrinks_when_the_pace_falls() -> None:
    slack = Slack(1_000.0, (0.1, 0.3))
    slack.go_on(5.0)
    wide = slack.window.size

    slack.a_second = 100.0
    slack.go_on(6.0)

    assert wide > 2 * LEAST
    assert slack.window.size == LEAST


def test_answers_that_come_slower_do_not_open_it() -> None:
    slack = Slack(219.0, (0.1, 0.3))
    slack.go_on(10.0)

    slack.latency = (3.0, 5.0)
    slack.go_on(60.0)

    assert slack.window.size < 100


def test_what_stays_slow_becomes_usual() -> None:
    slack = Slack(219.0, (0.1, 0.3))
    slack.go_on(10.0)

    slack.latency = (0.7, 0.9)
    slack.go_on(600.0)

    assert slack.go_on(10.0) > 0.95 * 2190


def test_a_pause_closes_it() -> None:
    slack = Slack(100_000.0, (0.005, 0.02))
    slack.go_on(3.0)

    slack.window.turn(slack.now + FORGOTTEN_SECONDS + 1.0)

    assert slack.window.size == LEAST


def test_a_lane_gets_what_its_pace_needs() -> None:
    slack = Slack(219.0, (0.1, 0.3))
    slack.go_on(5.0)

    rooms = [slack.window.room(a_second, least=8, most=64) for a_second in (1.0, 8.75, 50.0, 1e4)]

    assert rooms[:2] == [8, 8]
    assert 8 < rooms[2] < rooms[3] == 64
