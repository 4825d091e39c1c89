"""Carries the plan out, notes what it hit, and puts everything right at the end."""

import contextlib
import heapq
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.chaos import servers
from bench.chaos.arena import SENDERS, Arena
from bench.chaos.installs import Installs
from bench.chaos.judge import Blow
from bench.chaos.plan import Fault, Step
from bench.chaos.servers import Away, End
from bench.chaos.world import LATENCY, World

# A sender is killed when it hurts: as soon as it has requests open, but after so many seconds
# anyway. Other faults go on meanwhile. Looked at now and then, it is met in the midst of its work
# and not always at its first posts.
PATIENCE = 20.0
LOOK_EACH = 0.7
# So few doubtful answers at a time that each can be told from what a killed sender leaves.
SLACK_FAULTS: dict[Fault, dict[str, object]] = {
    Fault.STORM_429: {"kind": "storm_429", "rate": 0.7, "retry_after": 1},
    Fault.HTTP_5XX: {"kind": "http_503", "rate": 0.5, "count": 20},
    Fault.HANG: {"kind": "hang", "rate": 0.5, "count": 10},
    Fault.ACCEPT_THEN_DROP: {"kind": "accept_then_drop", "rate": 0.5, "count": 20},
}


@dataclass
class Hits:
    """What the plan's steps came to."""

    blows: list[Blow] = field(default_factory=list)
    by_fault: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    kills: int = 0
    kills_in_flight: int = 0


class Rage:
    """`run` takes as long as the plan; `release` leaves nothing frozen, whatever happened."""

    def __init__(self, arena: Arena, world: World, say: Callable[[str], object]) -> None:
        self._arena = arena
        self._world = world
        self._say = say
        self._begun = time.monotonic()
        self._ends: list[tuple[float, int, End]] = []
        self._numbers = itertools.count()
        # Signalled already, by process id: a second SIGTERM would mean something else.
        self._touched: set[tuple[int, signal.Signals]] = set()
        self._installs = Installs(world)
        self._is_over = False
        self.hits = Hits()

    def run(self, plan: Sequence[Step]) -> None:
        self._begun = time.monotonic()
        for step in plan:
            self._wait_until(step.at)
            self._strike(step)

    def release(self) -> None:
        """End everything that was to last."""
        self._is_over = True
        while self._ends:
            heapq.heappop(self._ends)[2]()

    def put_right(self) -> None:
        """Slack answers again, and every team is installed."""
        self.release()
        self._arena.slack.control("DELETE", "faults")
        self._arena.slack.control("PUT", "faults", LATENCY)
        self._installs.finish()

    def _wait_until(self, at: float) -> None:
        """Ends fall in between; all are acts of a moment."""
        while True:
            now = time.monotonic() - self._begun
            if self._ends and self._ends[0][0] <= now:
                heapq.heappop(self._ends)[2]()
            elif now >= at:
                return
            else:
                time.sleep(min(0.1, at - now))

    def _strike(self, step: Step) -> None:
        try:
            self._hit(step)
        except Away:
            self.hits.missed += 1
            return
        self.hits.by_fault[step.fault] += 1
        self._say(f"{step.at:6.1f} s  {step.fault} {step.target} {step.seconds:.1f} s")

    def _hit(self, step: Step) -> None:
        match step.fault:
            case Fault.KILL:
                self._kill(step)
            case Fault.TERM:
                self._signal(self._arena.pid(step.target), signal.SIGTERM)
            case Fault.STOP:
                self._stop(step)
            case Fault.REDIS_EMPTY:
                self._after(step.seconds, servers.freeze_redis(self._arena))
            case Fault.DATABASE_RESTART:
                servers.signal_database(self._arena, signal.SIGINT)
            case Fault.DATABASE_KILL:
                servers.signal_database(self._arena, signal.SIGKILL)
            case Fault.DATABASE_REFUSES:
                self._after(step.seconds, servers.refuse_connections(self._arena))
            case Fault.DATABASE_FREEZES:
                self._after(step.seconds, servers.freeze_database(self._arena))
            case Fault.REVOKE:
                self._revoke(step)
            case _:
                self._trouble_slack(step)

    def _after(self, seconds: float, end: End) -> None:
        at = time.monotonic() - self._begun + seconds
        heapq.heappush(self._ends, (at, next(self._numbers), end))

    def _signal(self, pid: int | None, number: signal.Signals) -> int:
        if pid is None or (pid, number) in self._touched:
            raise Away
        try:
            os.kill(pid, number)
        except ProcessLookupError as error:
            raise Away from error
        self._touched.add((pid, number))
        return pid

    def _kill(self, step: Step) -> None:
        if step.target in SENDERS:
            self._lurk(step.target, until=time.monotonic() + PATIENCE)
            return
        self._signal(self._arena.pid(step.target), signal.SIGKILL)
        self.hits.kills += 1

    def _lurk(self, name: str, until: float) -> None:
        """Kill a sender as soon as it has requests under way, the named one if it has any."""
        if self._is_over:
            return
        busy = self._busy_sender(first=name)
        if busy is None and time.monotonic() < until:
            self._after(LOOK_EACH, partial(self._lurk, name, until))
            return
        with contextlib.suppress(Away):
            self._signal(busy or self._arena.pid(name), signal.SIGKILL)
            self.hits.kills += 1
            self.hits.kills_in_flight += busy is not None
            now = time.time()
            self.hits.blows.append(Blow(now, now))

    def _busy_sender(self, first: str) -> int | None:
        for pid in map(self._arena.pid, sorted(SENDERS, key=lambda name: name != first)):
            if pid is not None and self._has_requests(pid):
                return pid
        return None

    def _has_requests(self, pid: int) -> bool:
        """Slack says whether any are open, the database whether this sender has marked any."""
        open_requests = self._arena.slack.control("GET", "summary")["open_requests"]
        return bool(open_requests) and self._world.is_posting(pid)

    def _stop(self, step: Step) -> None:
        begin = time.time()
        pid = self._signal(self._arena.pid(step.target), signal.SIGSTOP)

        def go_on() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            self._touched.discard((pid, signal.SIGSTOP))
            if step.target.startswith("sender"):
                self.hits.blows.append(Blow(begin, time.time()))

        self._after(step.seconds, go_on)

    def _trouble_slack(self, step: Step) -> None:
        fault = SLACK_FAULTS[step.fault] | {
            "methods": ["chat.postMessage"],
            "seconds": step.seconds,
        }
        self._arena.slack.control("PUT", "faults", fault)

    def _revoke(self, step: Step) -> None:
        team_id = self._world.team_id(step.number)
        if not self._installs.revoke(team_id, step.seconds):
            raise Away
