"""The posts of a sender that are under way, and what their answers mean beyond their own row."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from broadcasts.models import Delivery
from broadcasts.sending import outcome, refusals
from broadcasts.sending.canaries import Canaries
from broadcasts.sending.composing import address, compose, has_sender, needs_dm
from broadcasts.sending.consequences import Consequences
from broadcasts.sending.lane import LaneState
from broadcasts.sending.opening import open_dm
from broadcasts.sending.outage import Outage
from broadcasts.sending.pacing import Pacer
from broadcasts.sending.rows import LaneRow, Ready, RunContent, Settlement
from broadcasts.sending.thread import LedgerThread
from teams.answers import Ambiguous, Answer, NotNow, Ok, Unreachable
from teams.poster import Poster, TooLate

logger = logging.getLogger(__name__)

# Slack answers a post within a few tenths of a second.
STUCK_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Post:
    """A marked row on its way. Times are the event loop's seconds, the deadline a boottime."""

    lane: LaneState
    ready: Ready
    run: RunContent | None
    deadline: float
    # The lane as it was when the request left.
    row: LaneRow
    begun_at: float = 0.0
    sent_at: float = 0.0
    is_over: bool = False


class Posts:
    """Each marked row is posted at its slot; its settlement waits here for the next exchange."""

    def __init__(
        self,
        poster: Poster,
        pacer: Pacer,
        ledger: LedgerThread,
        *,
        canaries: Canaries,
        outage: Outage,
        open_lanes: Callable[[], None],
    ) -> None:
        self._poster = poster
        self._outage = outage
        self._open_lanes = open_lanes
        self._canaries = canaries
        self._pacer = pacer
        self._consequences = Consequences(poster, pacer, ledger)
        self._loop = asyncio.get_running_loop()
        # Those that Slack is not silent about, in their order.
        self._begun: dict[Post, None] = {}
        self._settlements: list[Settlement] = []
        # The loop keeps only weak references to its tasks.
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.under_way = 0
        # Those of them that Slack is not silent about yet.
        self.in_flight = 0

    @property
    def idle(self) -> bool:
        return not (self.under_way or self._settlements)

    def stop(self) -> None:
        """What has not been written yet goes back to ready."""
        self._stopping = True

    def take_settlements(self) -> list[Settlement]:
        taken, self._settlements = self._settlements, []
        return taken

    def put_back(self, settlements: list[Settlement]) -> None:
        """They were not stored for certain: once more."""
        self._settlements += settlements

    def reserve(self, count: int) -> int:
        """For how many more posts there is a connection; missing ones are opened up to `count`."""
        return self._poster.reserve(self.under_way + count) - self.under_way

    def stuck(self) -> int:
        """How many of those in flight wait for a workspace that says nothing while others answer.

        Their places are the others': the pace would fall to what those few leave it. When nobody
        answers, that is about Slack, and none of them counts.
        """
        before = self._outage.window.heard_at - STUCK_SECONDS
        count = 0
        for post in islice(self._begun, self._outage.window.size):
            if post.begun_at > before:
                break
            count += post.lane.heard_at < post.begun_at
        return count

    def schedule(
        self, lane: LaneState, ready: Ready, run: RunContent | None, *, slot: float, deadline: float
    ) -> None:
        """Post the marked row at `slot` (loop time), not after `deadline` (boottime)."""
        lane.in_flight += 1
        lane.unanswered += 1
        self.under_way += 1
        self.in_flight += 1
        post = Post(lane, ready, run, deadline, lane.row)
        if slot <= self._loop.time():
            self._begin(post)
        else:
            self._loop.call_at(slot, self._begin, post)

    def hush(self) -> None:
        """Give up the places of those that Slack is silent about; their answers are awaited."""
        silent_since = self._loop.time() - self._outage.rules.silence
        while self._begun and (post := next(iter(self._begun))).begun_at <= silent_since:
            self._free(post)
            self._doubt(post.lane, post.ready)

    def _begin(self, post: Post) -> None:
        post.begun_at = self._loop.time()
        self._begun[post] = None
        due, ready = post.ready.due, post.ready
        try:
            if ready.refusal:
                self._end(post, outcome.failed(due, "not_rendered", ready.refusal))
            elif self._is_held(post.lane, ready):
                self._end(post, outcome.give_back(due))
            elif needs_dm(due, post.run):
                self._await(post, self._by_dm(post))
            else:
                self._send(post)
        except Exception:
            self._end_in_fault(post)

    def _send(self, post: Post) -> None:
        # The answer speaks of the token that the request carried, and a beat may change the lane's.
        post.row = post.lane.row
        post.sent_at = self._loop.time()
        self._poster.send(
            "chat.postMessage",
            post.ready.body,
            token=post.row.token,
            deadline=post.deadline,
            on_answer=partial(self._answered, post),
        )

    async def _by_dm(self, post: Post) -> Settlement | None:
        due, row = post.ready.due, post.lane.row
        opened = await open_dm(
            self._poster, self._pacer, due, token=row.token, deadline=post.deadline
        )
        if not isinstance(opened, str):
            return await self._consequences.settle(post.lane, row, due, opened)
        if self._is_held(post.lane, post.ready):
            return outcome.give_back(due)
        post.ready.body = compose(
            replace(due, dm_channel=opened),
            post.run,
            lane=row,
            told=post.ready.told,
        )
        self._send(post)
        return None

    def _answered(self, post: Post, answer: Answer | TooLate) -> None:
        try:
            if not isinstance(answer, TooLate):
                now, just_used = self._loop.time(), post.ready.channel_just_used
                post.lane.learn(answer, post.sent_at, now, just_used=just_used)
                self._hear(post.lane, post.ready, answer)
            if isinstance(answer, Ok | TooLate | Ambiguous):
                post.lane.riddles.is_too_many(answer)
                self._end(post, outcome.settlement(post.ready.due, answer))
            else:
                self._await(post, self._consider(post, answer))
        except Exception:
            self._end_in_fault(post)

    async def _consider(self, post: Post, answer: Answer) -> Settlement:
        """For an answer that may speak of more than this row."""
        due, run = post.ready.due, post.run
        if address(due, run) != due.slack_id and refusals.stale_dm(answer):
            return await self._consequences.forget_dm(due)
        if has_sender(due, run) and refusals.lacks_scope(answer):
            # The one that a name or icon of its own needs; other messages of the team go on.
            answer = Unreachable(answer.code, answer.sentence)
        return await self._consequences.settle(post.lane, post.row, due, answer)

    def _await(self, post: Post, work: Coroutine[Any, Any, Settlement | None]) -> None:
        """The rare post that has more to do than to be answered; None says that it goes on."""

        async def finish() -> None:
            try:
                if settlement := await work:
                    self._end(post, settlement)
            except Exception:
                self._end_in_fault(post)

        task = self._loop.create_task(finish())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end_in_fault(self, post: Post) -> None:
        """A fault of ours in mid-request: whether Slack has it cannot be known."""
        logger.exception("Delivery %s ended in a fault", post.ready.due.id)
        self._end(post, outcome.lost(post.ready.due))

    def _end(self, post: Post, settlement: Settlement) -> None:
        if post.is_over:
            return
        post.is_over = True
        lane, run = post.lane, post.run
        if run and self._canaries.is_one(run.run):
            settlement = replace(settlement, canary_of=run.run)
            self._canaries.answered(run.run, ok=settlement.state == Delivery.State.SENT)
        self._settlements.append(settlement)
        self._free(post)
        self.end_try(lane, post.ready)
        lane.drop(settlement.id)
        lane.unanswered -= 1
        self.under_way -= 1

    def _free(self, post: Post) -> None:
        """Its place in flight, once."""
        if post in self._begun:
            del self._begun[post]
            post.lane.free()
            self.in_flight -= 1

    def _is_held(self, lane: LaneState, ready: Ready) -> bool:
        """Something was heard since the row was marked, or the sender is to end."""
        is_shut = lane.watch.gate.is_shut or self._outage.gate.is_shut
        held = lane.held_until > self._loop.time()
        return self._stopping or held or (is_shut and not ready.is_try)

    def _hear(self, lane: LaneState, ready: Ready, answer: Answer) -> None:
        """What an answer says about Slack's health."""
        now = self._loop.time()
        match answer:
            case Ambiguous():
                self._doubt(lane, ready)
            case NotNow(never_left=True):
                self._outage.unconnected(now)
                if ready.is_try:
                    ready.is_judged = True
                    self._fail_try(lane, now)
            case _:
                lane.heard_at = now
                lane.watch.clear(now)
                self._outage.clear(ready.chosen_at)
                if ready.is_try:
                    ready.is_judged = True
                    lane.watch.open()
                    self._outage.tried(now, is_clear=True, open_lanes=self._open_lanes)

    def _doubt(self, lane: LaneState, ready: Ready) -> None:
        """Once for each post, at its silence or at its answer."""
        if ready.is_judged:
            return
        now = self._loop.time()
        ready.is_judged = True
        lane.watch.doubtful(now)
        self._outage.doubtful(lane.row.team, now)
        if ready.is_try:
            self._fail_try(lane, now)

    def end_try(self, lane: LaneState, ready: Ready) -> None:
        """A try that told nothing: it never left, or was not marked."""
        if ready.is_try and not ready.is_judged:
            ready.is_judged = True
            for gate in (lane.watch.gate, self._outage.gate):
                if gate.is_tried:
                    gate.again(self._loop.time())

    def _fail_try(self, lane: LaneState, now: float) -> None:
        if lane.watch.gate.is_shut:
            lane.watch.gate.failed(now)
        self._outage.tried(now, is_clear=False, open_lanes=self._open_lanes)
