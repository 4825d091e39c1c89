"""Whose row is next in a lane: posts without a run pass, broadcasts take turns by priority.

Pure. Deficit round robin in which every post costs the same: at its turn a run may post as often
as its weight says, then the next run is at it. Inside a run the oldest due goes first.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from broadcasts.sending.rows import Ready

# Welcomes and replies are few; should they not be, every tenth post is still a broadcast's.
MOST_BEFORE = 9


@dataclass(slots=True)
class Turns:
    """The rows in hand of one lane."""

    _queues: dict[int | None, deque[Ready]] = field(default_factory=dict)
    _order: deque[int] = field(default_factory=deque)
    _left: dict[int, int] = field(default_factory=dict)
    _passed: int = 0

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def __iter__(self) -> Iterator[Ready]:
        return chain.from_iterable(self._queues.values())

    def of(self, run: int | None) -> int:
        """How many rows of the run are in hand."""
        return len(self._queues.get(run, ()))

    def add(self, run: int | None, rows: Iterable[Ready]) -> None:
        if run is not None and run not in self._left:
            self._order.append(run)
            self._left[run] = 0
        self._queues.setdefault(run, deque()).extend(rows)

    def keep(self, runs: Mapping[int, int]) -> None:
        """Drop what is in hand of other runs than these."""
        for run in [run for run in self._left if run not in runs]:
            del self._left[run], self._queues[run]
            self._order.remove(run)

    def clear(self) -> None:
        self._queues.clear()
        self._order.clear()
        self._left.clear()

    def next(self, weights: Mapping[int, int], may_go: Callable[[Ready], bool]) -> Ready | None:
        """Take the row whose turn it is out of hand, past those that may not go now."""
        early = self._passed < MOST_BEFORE and self._first(None, may_go)
        if early:
            self._passed += 1
            return early
        for run in list(self._order):
            if ready := self._first(run, may_go):
                self._passed = 0
                self._spend(run, weights.get(run, 1))
                return ready
        return self._first(None, may_go)

    def _first(self, run: int | None, may_go: Callable[[Ready], bool]) -> Ready | None:
        queue = self._queues.get(run, deque())
        for place, ready in enumerate(queue):
            if may_go(ready):
                del queue[place]
                return ready
        return None

    def _spend(self, run: int, weight: int) -> None:
        left = (self._left[run] or weight) - 1
        self._left[run] = left
        if left == 0:
            self._order.remove(run)
            self._order.append(run)
