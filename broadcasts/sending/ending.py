"""How a sender ends: the answers under way are awaited and stored, or left where they are safe."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg

from broadcasts.sending import leftovers
from broadcasts.sending.posts import Posts
from broadcasts.sending.stored import Stored
from broadcasts.sending.thread import LedgerThread

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 62.0
TURN_SECONDS = 0.03
AWAY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ending:
    """`exchange` stores what was answered; `stored` are the answers of the last minute."""

    posts: Posts
    ledger: LedgerThread
    exchange: Callable[[], Awaitable[None]]
    stored: Stored

    async def drain(self) -> None:
        """Until every answer is stored, or safe without the database, for a minute at most."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DRAIN_SECONDS
        failures = 0
        while not self.posts.idle and loop.time() < deadline:
            failures = 0 if await self._exchange_safely() else failures + 1
            if failures > 1 and await self._leave_over():
                failures = 0
            await asyncio.sleep(TURN_SECONDS)
        if failures:
            # Whoever is still without an answer will hardly get one.
            await self._leave_over()

    async def _exchange_safely(self) -> bool:
        try:
            await self.exchange()
        except psycopg.Error as error:
            logger.warning("The database is away while stopping: %s", error)
            await self.ledger.disconnect()
            await asyncio.sleep(AWAY_SECONDS)
            return False
        return True

    async def _leave_over(self) -> bool:
        """Those of the last minute too: the commits of a database that fails over can be lost.

        At once, though others are still awaited: a process that is told to end may be killed.
        """
        answers = self.posts.take_settlements()
        kept = [*self.stored, *answers]
        if await asyncio.to_thread(leftovers.keep, self.ledger.marker, kept):
            self.stored.clear()
            return True
        self.posts.put_back(answers)
        return False
