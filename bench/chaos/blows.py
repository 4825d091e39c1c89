"""Senders struck in the midst of their work, and what each of them may leave unknown."""

import time
from collections import Counter, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import psycopg

from bench.chaos.world import Marks, World

# Marks that were being committed are seen by then. Once more, in case the database was away.
LOOK_AFTER = (1.0, 3.0)
# Rows of a dead sender are swept two minutes after their mark.
COUNTED_WITHIN = 110.0
# A sender is killed when it hurts: while Slack has its requests open, but after so many seconds
# anyway. Other faults go on meanwhile. Looked at now and then, it is met in the midst of its work
# and not always at its first posts.
PATIENCE = 20.0
LOOK_EACH = 0.3
TELL_EACH = 50


@dataclass
class Hits:
    """What the plan's steps came to; `blows` has the marks of each sender that was struck."""

    blows: list[Marks] = field(default_factory=list)
    by_fault: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    kills: int = 0
    kills_in_flight: int = 0


@dataclass
class _Count:
    """What is still to be read of one blow."""

    pid: int
    marks: Marks
    looks: list[float]


class Blows:
    """`kill` takes a process id and is False when there is nothing of that id to kill."""

    def __init__(
        self, world: World, kill: Callable[[int], bool], say: Callable[[str], object]
    ) -> None:
        self._world = world
        self._kill = kill
        self._say = say
        self._counts: list[_Count] = []
        self._wanted: deque[str] = deque()
        # When the first of them began to wait for requests under way.
        self._since: float | None = None
        self._next_look = 0.0
        self.hits = Hits()

    @property
    def is_lurking(self) -> bool:
        return bool(self._wanted)

    def lurk(self, name: str) -> None:
        """Kill a sender as soon as Slack has requests of it open, the named one if it has any."""
        self._wanted.append(name)

    def step(self, pids: Callable[[], dict[str, int]]) -> None:
        """To be called often; `pids` are the senders that are up."""
        now = time.monotonic()
        if now < self._next_look or not (self._wanted or self._counts):
            return
        self._next_look = now + LOOK_EACH
        self._count(now)
        if self._wanted:
            self._hunt(pids(), now)

    def struck(self, pid: int) -> None:
        """From now on it settles nothing: what it has marked may stay unknown."""
        marks: Marks = set()
        self.hits.blows.append(marks)
        now = time.monotonic()
        self._counts.append(_Count(pid, marks, [now + seconds for seconds in LOOK_AFTER]))

    def killed(self, *, in_flight: bool) -> None:
        hits = self.hits
        hits.kills += 1
        hits.kills_in_flight += in_flight
        if hits.kills % TELL_EACH == 0:
            self._say(f"{hits.kills} kills so far, {hits.kills_in_flight} of them in flight")

    def give_up(self) -> None:
        """Lurk no more."""
        self._wanted.clear()

    def finish(self) -> None:
        """Read what is still to be read; RuntimeError when the database stays away."""
        deadline = time.monotonic() + COUNTED_WITHIN
        while self._counts:
            if time.monotonic() > deadline:
                raise RuntimeError("What the senders left could not be counted.")
            self._count(time.monotonic())
            time.sleep(LOOK_EACH)

    def _hunt(self, pids: dict[str, int], now: float) -> None:
        name = self._wanted[0]
        self._since = self._since or now
        busy = self._busy(pids.values())
        pid = pids[name] if pids.get(name) in busy else next(iter(busy), None)
        if pid is None and now > self._since + PATIENCE:
            pid = pids.get(name)
        if pid is not None and self._kill(pid):
            self._wanted.popleft()
            self._since = None
            self.killed(in_flight=pid in busy)
            self.struck(pid)

    def _busy(self, pids: Collection[int]) -> list[int]:
        """Those of which Slack has a request open: one that the database says it has marked."""
        try:
            marks = self._world.marks()
        except psycopg.OperationalError:
            return []
        requests = self._world.open_requests()
        return [pid for pid in pids if any(one in requests for one, _ in marks.get(pid, ()))]

    def _count(self, now: float) -> None:
        due = [count for count in self._counts if count.looks[0] <= now]
        if not due:
            return
        try:
            marks = self._world.marks()
        except psycopg.OperationalError:
            for count in due:
                count.looks = [now + seconds for seconds in LOOK_AFTER]
            return
        for count in due:
            count.marks |= marks.get(count.pid, set())
            del count.looks[0]
        self._counts = [count for count in self._counts if count.looks]
