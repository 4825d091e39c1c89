"""The posts of a sender that are under way, and what their answers mean beyond their own row."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import django.db
import psycopg
from django.core.exceptions import ValidationError
from redis.exceptions import RedisError

from broadcasts.models import Delivery
from broadcasts.sending import outcome, refusals
from broadcasts.sending.canaries import Canaries
from broadcasts.sending.composing import address, compose, has_sender, needs_dm
from broadcasts.sending.lane import LaneState
from broadcasts.sending.opening import open_dm
from broadcasts.sending.outage import Outage
from broadcasts.sending.pacing import Pacer
from broadcasts.sending.riddles import MOST_RIDDLES
from broadcasts.sending.rows import Due, LaneRow, Ready, RunContent, Settlement
from broadcasts.sending.thread import LedgerThread
from teams.answers import Ambiguous, Answer, Disconnected, NotNow, Rejected, Unreachable
from teams.poster import Poster, TooLate

logger = logging.getLogger(__name__)

# A hold longer by no more than this is the same hold.
SAME_HOLD_SECONDS = 0.5


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
        self._ledger = ledger
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

    def schedule(
        self, lane: LaneState, ready: Ready, run: RunContent | None, *, slot: float, deadline: float
    ) -> None:
        """Post the marked row at `slot` (loop time), not after `deadline` (boottime)."""

        def start() -> None:
            task = loop.create_task(self._post(lane, ready, run, deadline))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        loop = asyncio.get_running_loop()
        lane.in_flight += 1
        lane.unanswered += 1
        self.under_way += 1
        self.in_flight += 1
        loop.call_at(slot, start)

    async def _post(
        self, lane: LaneState, ready: Ready, run: RunContent | None, deadline: float
    ) -> None:
        loop = asyncio.get_running_loop()
        free_slot = _once(lambda: self._free(lane))

        def fall_silent() -> None:
            free_slot()
            self._doubt(lane, ready)

        # The lane's place is free then, while the answer is still awaited.
        timer = loop.call_later(self._outage.rules.silence, fall_silent)
        try:
            settlement = await self._outcome(lane, ready, run, deadline)
        except Exception:
            # A fault of ours in mid-request: whether Slack has it cannot be known.
            logger.exception("Delivery %s ended in a fault", ready.due.id)
            settlement = outcome.lost(ready.due)
        if run and self._canaries.is_one(run.run):
            settlement = replace(settlement, canary_of=run.run)
            self._canaries.answered(run.run, ok=settlement.state == Delivery.State.SENT)
        # Only now, after the wait: each exchange starts a new list.
        self._settlements.append(settlement)
        timer.cancel()
        free_slot()
        self.end_try(lane, ready)
        lane.drop(ready.due.id)
        lane.unanswered -= 1
        self.under_way -= 1

    async def _outcome(
        self, lane: LaneState, ready: Ready, run: RunContent | None, deadline: float
    ) -> Settlement:
        due = ready.due
        if ready.refusal:
            return outcome.failed(due, "not_rendered", ready.refusal)
        if self._stopping or self._is_held(lane, ready):
            return outcome.give_back(due)
        # The answer speaks of the token that the request carried, and a beat may change the lane's.
        row = lane.row
        if needs_dm(due, run):
            opened = await open_dm(
                self._poster, self._pacer, due, token=row.token, deadline=deadline
            )
            if not isinstance(opened, str):
                return await self._settle(lane, row, due, opened)
            ready.body = compose(
                replace(due, dm_channel=opened), run, team_name=row.team_name, told=ready.told
            )
        sent_at = asyncio.get_running_loop().time()
        answer = await self._poster.post(
            "chat.postMessage", ready.body, token=row.token, deadline=deadline
        )
        if not isinstance(answer, TooLate):
            now = asyncio.get_running_loop().time()
            lane.learn(answer, sent_at, now, just_used=ready.channel_just_used)
            self._hear(lane, ready, answer)
        if address(due, run) != due.slack_id and refusals.stale_dm(answer):
            await self._ledger.run(lambda ledger: refusals.forget_dm(ledger.connection, due))
            return outcome.give_back(due)
        if has_sender(due, run) and refusals.lacks_scope(answer):
            # The one that a name or icon of its own needs; other messages of the team go on.
            answer = Unreachable(answer.code, answer.sentence)
        return await self._settle(lane, row, due, answer)

    def _free(self, lane: LaneState) -> None:
        lane.free()
        self.in_flight -= 1

    def _is_held(self, lane: LaneState, ready: Ready) -> bool:
        """Something was heard since the row was marked."""
        is_shut = lane.watch.gate.is_shut or self._outage.gate.is_shut
        held = lane.held_until > asyncio.get_running_loop().time()
        return held or (is_shut and not ready.is_try)

    def _hear(self, lane: LaneState, ready: Ready, answer: Answer) -> None:
        """What an answer says about Slack's health."""
        now = asyncio.get_running_loop().time()
        match answer:
            case Ambiguous():
                self._doubt(lane, ready)
            case NotNow(never_left=True):
                self._outage.unconnected(now)
                if ready.is_try:
                    ready.is_judged = True
                    self._fail_try(lane, now)
            case _:
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
        now = asyncio.get_running_loop().time()
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
                    gate.again(asyncio.get_running_loop().time())

    def _fail_try(self, lane: LaneState, now: float) -> None:
        if lane.watch.gate.is_shut:
            lane.watch.gate.failed(now)
        self._outage.tried(now, is_clear=False, open_lanes=self._open_lanes)

    async def _settle(
        self, lane: LaneState, row: LaneRow, due: Due, answer: Answer | TooLate
    ) -> Settlement:
        """Act where the answer speaks of more than this row; then the row's own settlement."""
        try:
            return await self._act(lane, row, due, answer) or outcome.settlement(due, answer)
        except (psycopg.Error, django.db.Error, ValidationError) as error:
            logger.warning("The next such answer acts, this one could not: %s", error)
            return outcome.settlement(due, answer)

    async def _act(
        self, lane: LaneState, row: LaneRow, due: Due, answer: Answer | TooLate
    ) -> Settlement | None:
        """A settlement where the refusal turns out to be this recipient's alone."""
        now = asyncio.get_running_loop().time()
        if lane.riddles.is_too_many(answer) and isinstance(answer, Unreachable):
            lane.hold(now, refusals.LOOK_AGAIN_SECONDS)
            sentence = f"{MOST_RIDDLES} times in a row: {answer.sentence}"
            await self._ledger.with_models(lambda: refusals.pause_team(row, sentence))
        match answer:
            case NotNow(scope="lane" | "token" as scope, wait=wait, sentence=sentence):
                # Of many posts under way the first says it for all.
                is_news = now + wait > lane.held_until + SAME_HOLD_SECONDS
                lane.hold(now, wait)
                if is_news:
                    await self._hold(lane, wait, sentence)
                if is_news and scope == "token":
                    await self._ledger.with_models(lambda: refusals.ask_for_token(row))
            case Disconnected(code=code, sentence=sentence):
                lane.hold(now, refusals.LOOK_AGAIN_SECONDS)
                if await self._is_alive_after(row, answer) and answer.perhaps_recipient:
                    return outcome.failed(due, code, sentence)
            case Rejected(code=code, sentence=sentence) if await self._is_theirs_alone(due, answer):
                return outcome.failed(due, code, sentence)
        return None

    async def _is_alive_after(self, row: LaneRow, answer: Disconnected) -> bool:
        """Whether the token lives; the team is disconnected or paused as it deserves.

        When Slack does not say, nothing changes: the lane rests and the next such answer asks.
        """
        alive = False if answer.certain else await refusals.is_alive(self._poster, row)
        if alive is False:
            await self._ledger.with_models(lambda: refusals.disconnect(row, answer.sentence))
        elif alive and not answer.perhaps_recipient:
            await self._ledger.with_models(lambda: refusals.pause_team(row, answer.sentence))
        return bool(alive)

    async def _is_theirs_alone(self, due: Due, answer: Rejected) -> bool:
        """Whether the content is refused for this recipient only; else its broadcast pauses."""
        run = due.run
        if run is None:
            return True
        sentence = answer.sentence
        return await self._ledger.with_models(lambda: refusals.is_for_one(run, sentence))

    async def _hold(self, lane: LaneState, wait: float, reason: str) -> None:
        team = lane.row.team
        try:
            await self._pacer.hold(team, wait)
        except RedisError as error:
            logger.warning("Redis is away, the hold of team %s is in its row: %s", team, error)
        await self._ledger.run(
            lambda ledger: refusals.pause_lane(ledger.connection, team, wait, reason)
        )


def _once(action: Callable[[], None]) -> Callable[[], None]:
    """The action, at its first call only."""
    done = False

    def run() -> None:
        nonlocal done
        if not done:
            done = True
            action()

    return run
