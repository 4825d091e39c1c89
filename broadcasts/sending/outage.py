"""When Slack gives no clear answers: how long to hold, and when to try again.

Pure. Times are the event loop's seconds. An answer is clear when it says whether the post happened,
whatever else it says; a post without a clear answer becomes unknown, and nobody may resend it by
themselves. So few of them must be made.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import ceil, inf
from statistics import median

# The window is what the pace needs and this much more: room for posts that come together.
MARGIN = 1.3
# How often it looks at what is needed.
LOOK_SECONDS = 0.2
# Without an answer for so long nothing is known any more: it begins anew.
FORGOTTEN_SECONDS = 5.0
# Slower answers become the usual ones by a part of a per cent a look, twice as slow in minutes.
SLOWER_A_LOOK = 1.002
# Beyond so many times the usual, and so many seconds, an answer's time does not count.
MUCH_SLOWER = 1.5
NOT_SLOW_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Rules:
    """How much doubt is too much, and the waits between two tries."""

    in_a_row: int = 3
    share: float = 0.2
    share_seconds: float = 30.0
    # So many lanes in doubt, and the doubt is about Slack.
    lanes: int = 5
    first_wait: float = 1.0
    # With a try that is not answered, every lane is back within a minute of Slack's return.
    longest_wait: float = 40.0
    # A post not answered for so long counts as doubtful; its answer is still awaited.
    silence: float = 10.0


RULES = Rules()


@dataclass(slots=True)
class Gate:
    """Open, or shut but for one try at a time."""

    rules: Rules
    is_shut: bool = False
    is_tried: bool = False
    _wait: float = 0.0
    _next_try: float = 0.0

    def lets_pass(self, now: float) -> bool:
        return not self.is_shut or (not self.is_tried and self._next_try <= now)

    def shut(self, now: float, wait: float | None = None) -> None:
        if not self.is_shut:
            self._wait = self.rules.first_wait if wait is None else wait
            self.is_shut, self.is_tried, self._next_try = True, False, now + self._wait

    def failed(self, now: float) -> None:
        """The try brought no clear answer."""
        self._wait = min(self.rules.longest_wait, max(self.rules.first_wait, 2 * self._wait))
        self.is_tried, self._next_try = False, now + self._wait

    def again(self, now: float) -> None:
        """The try never left, and told nothing: another, soon."""
        self.is_tried, self._next_try = False, now + self.rules.first_wait

    def open(self) -> None:
        self.is_shut = self.is_tried = False


@dataclass(slots=True)
class Window:
    """How many posts may be without an answer: a little more than the pace needs while they come.

    What is under way when Slack falls silent is lost to doubt; this keeps it small. The need is
    Little's law: answers a second, times the seconds that a post keeps its place. While the window
    itself is what limits, its need is all of it, and so it grows by its margin at each look.
    """

    least: int
    most: int
    size: int = 0
    # How long a post keeps its place: from its choice to the turn after its answer.
    seconds: float = 0.0
    # The latest turn after a clear answer.
    heard_at: float = -inf
    _usual: float = 0.0
    _chosen_at: list[float] = field(default_factory=list)
    _kept: list[float] = field(default_factory=list)
    _since: float = -inf

    def __post_init__(self) -> None:
        self.size = self.least

    def answered(self, chosen_at: float) -> None:
        """A clear answer to the post that was chosen then."""
        self._chosen_at.append(chosen_at)

    def turn(self, now: float) -> None:
        """The places of what was answered since the turn before can be taken again."""
        if self._chosen_at:
            self._kept += [now - at for at in self._chosen_at]
            self._chosen_at.clear()
            self.heard_at = now
        elif now - self.heard_at > FORGOTTEN_SECONDS:
            # Not what it was: Slack's pace, and whether it answers at all.
            self.size, self._since = self.least, now
            self._kept.clear()
        waited = now - self._since
        if waited >= LOOK_SECONDS and len(self._kept) >= self.least / 2:
            self._look(len(self._kept) / waited, median(self._kept))
            self._kept.clear()
            self._since = now

    def room(self, a_second: float, *, least: int, most: int) -> int:
        """The part of it that a pace of so many posts needs."""
        return max(least, min(most, ceil(MARGIN * a_second * self.seconds)))

    def _look(self, a_second: float, kept: float) -> None:
        """Answers that take longer and longer come before an outage: they must not open it."""
        self._usual = min(kept, self._usual * SLOWER_A_LOOK) if self._usual else kept
        self.seconds = min(kept, max(NOT_SLOW_SECONDS, self._usual * MUCH_SLOWER))
        need = self.room(a_second, least=self.least, most=self.most)
        # A slow moment of this machine asks for little, and the next for all: it closes slowly.
        self.size = need if need > self.size else (need + 2 * self.size) // 3


@dataclass(slots=True)
class LaneWatch:
    """The doubt about one lane."""

    rules: Rules
    gate: Gate
    _in_a_row: int = 0
    # Answers and the doubtful among them, of this half of the time and of the one before.
    _counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    _half_ends: float = -inf

    @classmethod
    def start(cls, rules: Rules, now: float, *, in_outage: bool = False) -> "LaneWatch":
        watch = cls(rules, Gate(rules))
        if in_outage:
            watch.gate.shut(now, wait=0.0)
        return watch

    def clear(self, now: float) -> None:
        self._count(now, doubtful=0)
        self._in_a_row = 0

    def doubtful(self, now: float) -> None:
        self._count(now, doubtful=1)
        self._in_a_row += 1
        answers, doubts = self._counts[0] + self._counts[2], self._counts[1] + self._counts[3]
        many = doubts >= self.rules.in_a_row and doubts >= self.rules.share * answers
        if many or self._in_a_row >= self.rules.in_a_row:
            self.gate.shut(now)

    def open(self) -> None:
        self.gate.open()
        self._in_a_row, self._counts = 0, [0, 0, 0, 0]

    def _count(self, now: float, doubtful: int) -> None:
        if now >= self._half_ends:
            is_stale = now >= self._half_ends + self.rules.share_seconds / 2
            self._counts = [0, 0, *([0, 0] if is_stale else self._counts[:2])]
            self._half_ends = now + self.rules.share_seconds / 2
        self._counts[0] += 1
        self._counts[1] += doubtful


class Outage:
    """The doubt about Slack as a whole, as far as one sender sees it."""

    def __init__(self, rules: Rules, window: Window) -> None:
        self.rules = rules
        self.gate = Gate(rules)
        self.window = window
        self.is_cut_off = False
        self._in_a_row: list[Hashable] = []
        self._unconnected = 0
        self._heard_clearly = False

    def clear(self, chosen_at: float) -> None:
        """A clear answer to the post that was chosen then."""
        self.window.answered(chosen_at)
        self._in_a_row.clear()
        self._unconnected = 0
        self._heard_clearly = True
        self.is_cut_off = False

    def doubtful(self, lane: Hashable, now: float) -> None:
        self._unconnected = 0
        self._in_a_row.append(lane)
        if len(self._in_a_row) >= self.rules.lanes * self.rules.in_a_row and (
            len(set(self._in_a_row)) >= self.rules.lanes
        ):
            self.gate.shut(now)

    def unconnected(self, now: float) -> None:
        """No connection: nothing was posted for certain, and another machine may have one."""
        self._unconnected += 1
        if self._unconnected >= self.rules.in_a_row or self.gate.is_shut:
            self.gate.shut(now)
            self.is_cut_off = True

    @property
    def asks_for_others(self) -> bool:
        """Whether lanes held by others would turn this sender's own doubt into a hold."""
        in_doubt = len(self._in_a_row) >= self.rules.in_a_row or not self._heard_clearly
        return in_doubt and not self.gate.is_shut

    def lanes_held(self, count: int, now: float) -> None:
        """So many lanes of the hub are held.

        Where this sender's own posts get clear answers, it is those workspaces and not Slack.
        """
        if count >= self.rules.lanes and self.asks_for_others:
            self.gate.shut(now, wait=None if self._heard_clearly else 0.0)

    def tried(self, now: float, *, is_clear: bool, open_lanes: Callable[[], None]) -> None:
        """What the one post that was let pass has brought."""
        if not self.gate.is_shut:
            return
        if is_clear:
            self.gate.open()
            open_lanes()
        else:
            self.gate.failed(now)
