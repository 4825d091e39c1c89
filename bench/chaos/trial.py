"""From the first broadcast to the verdict: the rage, then the wait until all is quiet."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import Error, connection

from bench.chaos.arena import Arena
from bench.chaos.judge import Verdict, duplicates, judge
from bench.chaos.plan import Step
from bench.chaos.rage import Hits, Rage
from bench.chaos.world import World
from slackhub.embedded.log import Log

# For what is left when the faults are over: marks are swept after 120 s, by a tick each 5 s.
QUIET_SECONDS = 300.0
LAST_PACE = 280.0
# A request may begin so long after its mark; then nothing can come any more.
STILL_SECONDS = 6.0
LOOK_EACH = 2.0
RECOVERY_SECONDS = 60.0


class Trial:
    """One run of the whole test."""

    def __init__(self, arena: Arena, world: World, log: Log) -> None:
        self._arena = arena
        self._world = world
        self._log = log
        self._rage = Rage(arena, world, log.say)
        self._expected: set[tuple[int, str]] = set()

    def run(self, plan: Sequence[Step], seconds: float) -> tuple[Verdict, Hits]:
        self._world.schedule(seconds)
        self._expected = self._world.expected()
        self._world.wait_for_first()
        try:
            self._rage.run(plan)
        finally:
            # Whatever is frozen could not even be ended.
            self._rage.release()
        self._log.say("no more faults; waiting until all is quiet")
        self._rage.put_right()
        self._wait_until_quiet()
        return self._verdict(), self._rage.hits

    def _wait_until_quiet(self) -> None:
        """Or until it is certain that the test has failed, or takes too long."""
        deadline = time.monotonic() + QUIET_SECONDS
        self._with_database(lambda: self._world.set_pace(LAST_PACE))
        while time.monotonic() < deadline:
            if self._with_database(lambda: self._world.is_quiet(len(self._expected))):
                time.sleep(STILL_SECONDS)
                return
            if self._with_database(self._has_failed):
                return
            time.sleep(LOOK_EACH)

    def _has_failed(self) -> bool:
        """A duplicate stays one."""
        return duplicates(self._world.rows(), Counter(self._world.posts())) > 0

    def _verdict(self) -> Verdict:
        return judge(
            self._with_database(self._world.rows),
            self._world.posts(),
            expected=self._expected,
            blows=self._rage.hits.blows,
            ambiguous=int(self._arena.slack.control("GET", "summary")["ambiguous"]),
        )

    def _with_database[T](self, act: Callable[[], T]) -> T:
        """After the last fault it may still be recovering."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                return act()
            except Error:
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_EACH)
