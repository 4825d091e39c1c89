"""Carries the plan out, notes what it hit, and puts everything right at the end."""

import contextlib
import heapq
import itertools
import os
import signal
import time
from collections.abc import Callable, Sequence

from bench.chaos import servers
from bench.chaos.arena import Arena
from bench.chaos.blows import LOOK_EACH, PATIENCE, Blows, Hits
from bench.chaos.installs import Installs
from bench.chaos.plan import SENDER, Fault, Step
from bench.chaos.servers import Away, End
from bench.chaos.world import LATENCY, World

# So few doubtful answers at a time that each can be told from what a killed sender leaves.
SLACK_FAULTS: dict[Fault, dict[str, object]] = {
    Fault.STORM_429: {"kind": "storm_429", "rate": 0.7, "retry_after": 1},
    Fault.HTTP_5XX: {"kind": "http_503", "rate": 0.5, "count": 20},
    Fault.HANG: {"kind": "hang", "rate": 0.5, "count": 10},
    Fault.ACCEPT_THEN_DROP: {"kind": "accept_then_drop", "rate": 0.5, "count": 20},
}


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
        self._blows = Blows(world, self._kill_sender, say)

    @property
    def hits(self) -> Hits:
        return self._blows.hits

    def run(self, plan: Sequence[Step]) -> None:
        self._begun = time.monotonic()
        for step in plan:
            self._wait_until(step.at)
            self._strike(step)
        # Each of them waits for requests under way: a storm of them takes longer than its plan.
        last = plan[-1].at if plan else 0.0
        while self._blows.is_lurking and self._elapsed < 2 * last + PATIENCE:
            self._wait_until(self._elapsed + LOOK_EACH)

    def release(self) -> None:
        """End everything that was to last."""
        self._blows.give_up()
        while self._ends:
            heapq.heappop(self._ends)[2]()

    def put_right(self) -> None:
        """Slack answers again, and every team is installed."""
        self.release()
        self._arena.slack.control("DELETE", "faults")
        self._arena.slack.control("PUT", "faults", LATENCY)
        self._installs.finish()
        self._blows.finish()

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _wait_until(self, at: float) -> None:
        """Ends fall in between; all are acts of a moment."""
        while True:
            self._blows.step(self._senders)
            now = self._elapsed
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
                self._signal(self._arena.pid(self._name(step)), signal.SIGTERM)
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
        heapq.heappush(self._ends, (self._elapsed + seconds, next(self._numbers), end))

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
        if step.target == SENDER:
            self._blows.lurk(self._name(step))
            return
        self._signal(self._arena.pid(step.target), signal.SIGKILL)
        self._blows.killed(in_flight=False)

    def _kill_sender(self, pid: int) -> bool:
        with contextlib.suppress(Away):
            return bool(self._signal(pid, signal.SIGKILL))
        return False

    def _name(self, step: Step) -> str:
        """The process that is meant: one of the senders, by the step's number."""
        senders = self._arena.senders
        return senders[step.number % len(senders)] if step.target == SENDER else step.target

    def _senders(self) -> dict[str, int]:
        pids = ((name, self._arena.pid(name)) for name in self._arena.senders)
        return {name: pid for name, pid in pids if pid is not None}

    def _stop(self, step: Step) -> None:
        pid = self._signal(self._arena.pid(self._name(step)), signal.SIGSTOP)
        if step.target == SENDER:
            self._blows.struck(pid)

        def go_on() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            self._touched.discard((pid, signal.SIGSTOP))

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
