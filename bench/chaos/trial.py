"""From the first broadcast to the verdict: the rage, then the wait until all is quiet."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import Error, connection

from bench.chaos.apps import Kind
from bench.chaos.arena import Arena
from bench.chaos.blows import Hits
from bench.chaos.judge import Post, Verdict, duplicates, judge
from bench.chaos.plan import Step
from bench.chaos.rage import Rage
from bench.chaos.world import FIRED_BY, World
from slackhub.embedded.log import Log

# For what is left when the faults are over: marks are swept after 120 s, by a tick each 5 s, and
# conversations are read 125 s after the mark.
QUIET_SECONDS = 420.0
LAST_PACE = 280.0
# A request may begin so long after its mark; then nothing can come any more.
STILL_SECONDS = 6.0
LOOK_EACH = 2.0
RECOVERY_SECONDS = 60.0


class Trial:
    """One run of the whole test; `posts` is how many each lane has."""

    def __init__(self, arena: Arena, world: World, log: Log, *, posts: int) -> None:
        self._arena = arena
        self._world = world
        self._log = log
        self._posts = posts
        self._rage = Rage(arena, world, log.say)
        self._expected: set[tuple[int, str]] = set()
        self._left_lying: Counter[str] = Counter()

    def run(self, plan: Sequence[Step], seconds: float) -> tuple[Verdict, Hits]:
        self._world.set_pace(self._posts / (seconds * FIRED_BY) * 60)
        self._world.schedule(seconds * FIRED_BY)
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
        begun = time.monotonic()
        self._with_database(lambda: self._world.set_pace(LAST_PACE))
        while (now := time.monotonic()) < begun + QUIET_SECONDS:
            if self._with_database(self._is_over):
                time.sleep(STILL_SECONDS)
                return
            if now > begun + RECOVERY_SECONDS:
                self._left_lying |= Counter(self._with_database(self._world.left_lying))
            if self._with_database(self._has_failed):
                return
            time.sleep(LOOK_EACH)

    def _is_over(self) -> bool:
        """Nothing waits or is under way, and Slack has said all that it is going to say."""
        world = self._world
        if not world.is_quiet(len(self._expected)) or world.unknown(Kind.READ):
            return False
        told = world.unknown(Kind.TOLD)
        return not told or not any(_may_settle(post, told) for post in world.posts())

    def _has_failed(self) -> bool:
        """A duplicate stays one."""
        accepted = Counter(post.delivery for post in self._world.posts())
        return duplicates(self._world.rows(), accepted) > 0

    def _verdict(self) -> Verdict:
        verdict = judge(
            self._with_database(self._world.rows),
            self._world.posts(),
            expected=self._expected,
            blows=self._rage.hits.blows,
            ambiguous=int(self._arena.slack.control("GET", "summary")["ambiguous"]),
        )
        verdict.left_lying = dict(self._left_lying)
        return verdict

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


def _may_settle(post: Post, unknown: set[str]) -> bool:
    return post.delivery in unknown and (post.is_heard or post.is_awaited)
