"""What an answer means beyond its own row: a lane, a team or a broadcast that has to rest."""

import asyncio
import logging

import django.db
import psycopg
from django.core.exceptions import ValidationError
from redis.exceptions import RedisError

from broadcasts.sending import outcome, refusals
from broadcasts.sending.lane import LaneState
from broadcasts.sending.pacing import Pacer
from broadcasts.sending.riddles import MOST_RIDDLES
from broadcasts.sending.rows import Due, LaneRow, Settlement
from broadcasts.sending.thread import LedgerThread
from teams.answers import Answer, Disconnected, NotNow, Rejected, Unreachable
from teams.poster import Poster, TooLate

logger = logging.getLogger(__name__)

# A hold longer by no more than this is the same hold.
SAME_HOLD_SECONDS = 0.5


class Consequences:
    """Acts on them, then gives the row's own settlement."""

    def __init__(self, poster: Poster, pacer: Pacer, ledger: LedgerThread) -> None:
        self._poster = poster
        self._pacer = pacer
        self._ledger = ledger

    async def settle(
        self, lane: LaneState, row: LaneRow, due: Due, answer: Answer | TooLate
    ) -> Settlement:
        """`row` is the lane as it was when the request left: the answer speaks of that token."""
        try:
            return await self._act(lane, row, due, answer) or outcome.settlement(due, answer)
        except (psycopg.Error, django.db.Error, ValidationError) as error:
            logger.warning("The next such answer acts, this one could not: %s", error)
            return outcome.settlement(due, answer)

    async def forget_dm(self, due: Due) -> Settlement:
        """The DM is no longer the bot's to enter: once more, by the user id."""
        try:
            await self._ledger.run(lambda ledger: refusals.forget_dm(ledger.connection, due))
        except psycopg.Error as error:
            logger.warning("The next such answer has the DM forgotten, this could not: %s", error)
        return outcome.give_back(due)

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
