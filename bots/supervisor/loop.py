"""run_bots itself: once a second, what there should be against what there is."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import Error, connection, connections

from bots.supervisor.intake import Intake
from bots.supervisor.journal import Journal
from bots.supervisor.leases import News, Office, Shares
from bots.supervisor.line import Line
from bots.supervisor.reconciling import Wanted, reconcile
from bots.supervisor.rows import LEASE

logger = logging.getLogger(__name__)

STEP_SECONDS = 1.0
# However many lines fall at the same time.
SHORTEST_REST = 0.05
# A database that is frozen takes a question and never answers.
ROWS_SECONDS = 10.0
# Once this is to end, for a question on its way, and for each of the last ones.
LAST_ROWS_SECONDS = 1.5
# For what is in hand when it ends, and for closing the lines; what it cannot keep comes again.
END_SECONDS = 6.0
# Whoever takes a connection over opens it within this; until then it stays open here.
HANDOVER_SECONDS = 5.0


class Supervisor:
    """Made and run on one event loop. `only` is the slug of the one app to serve, or empty."""

    def __init__(self, only: str = "") -> None:
        self.lines: list[Line] = []
        self._office = Office(only, host=socket.gethostname(), pid=os.getpid())
        self._journal = Journal()
        self._intake = Intake()
        self._rows = ThreadPoolExecutor(1, "rows")
        self._shares = Shares({}, frozenset())
        self._leased_until = 0.0
        self._handed: dict[int, tuple[Wanted, float]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._nudged = asyncio.Event()

    def stop(self) -> None:
        """Finish what is in hand; `run` returns then."""
        self._stopping.set()
        self._nudged.set()

    async def run(self) -> bool:
        """Whether it ended in order: nothing that had come was left to Slack or the sweep."""
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                await self._step()
            except Exception:
                logger.exception("A step failed; the connections go on.")
            await asyncio.sleep(SHORTEST_REST)
            await self._rest(begun + STEP_SECONDS - time.monotonic())
        return await self._end()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._nudged.wait()
        except TimeoutError:
            return
        self._nudged.clear()

    async def _step(self) -> None:
        self._reap()
        await self._share()
        # What ended meanwhile has to wait for its turn, too.
        self._reap()
        now = time.monotonic()
        running = [line.running for line in self.lines]
        step = reconcile(self._places(now).values(), running, self._journal.not_before, now)
        for line in [line for line in self.lines if line.number in step.close]:
            self._close(line)
        for place in step.open:
            meter = self._journal.meter(place.link)
            self.lines.append(Line(place, self._intake, meter, self._nudged.set))

    def _reap(self) -> None:
        """Take note of the lines that ended or are about to; those that ended go."""
        for line in list(self.lines):
            line.look()
            ending = line.ending or line.leaving
            if ending is not None and not line.is_noted:
                line.is_noted = True
                self._journal.note(line, ending)
            if line.ending is not None:
                self._close(line)

    def _close(self, line: Line) -> None:
        self.lines.remove(line)
        task = asyncio.create_task(line.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _share(self) -> None:
        """The rows' answer; the last one as long as the lease lives and the database is away."""
        begun = time.monotonic()
        news = self._journal.news(self._shares.mine, self.lines, begun)
        try:
            shares = await self._on_rows(self._ask, news)
        except (Error, TimeoutError) as error:
            logger.warning("The database does not answer: %r", error)
            if begun > self._leased_until:
                self._shares = Shares({}, frozenset())
            return
        self._leased_until = begun + LEASE.total_seconds()
        self._journal.told(news, begun)
        self._hand_over(shares, begun)
        self._shares = shares
        self._journal.keep(shares.places)

    def _ask(self, news: list[News]) -> Shares:
        try:
            return self._office.share(news)
        except Error:
            connection.close()
            raise

    async def _on_rows[**P, T](self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the database answers.

        Raises:
            TimeoutError: nothing, in time; a question on its way holds up no end for long.
        """
        work = partial(call, *args, **kwargs)
        answer = asyncio.get_running_loop().run_in_executor(self._rows, work)
        ending = asyncio.create_task(self._stopping.wait())
        either: set[asyncio.Future[Any]] = {answer, ending}
        await asyncio.wait(either, timeout=ROWS_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._stopping.is_set():
            await asyncio.wait({answer}, timeout=LAST_ROWS_SECONDS)
        ending.cancel()
        if not answer.done():
            answer.cancel()
            raise TimeoutError
        return answer.result()

    def _hand_over(self, shares: Shares, now: float) -> None:
        for link in self._shares.mine - shares.mine:
            place = shares.wanted.get(link)
            if place is not None and place == self._shares.wanted.get(link):
                self._handed[link] = place, now + HANDOVER_SECONDS

    def _places(self, now: float) -> dict[int, Wanted]:
        """What this process serves, and for a moment more what another has taken over."""
        self._handed = {
            link: (place, until) for link, (place, until) in self._handed.items() if until > now
        }
        return {link: place for link, (place, _) in self._handed.items()} | self._shares.places

    async def _end(self) -> bool:
        """The others take over first, if there are any; what has come is finished."""
        has_successor = False
        try:
            has_successor = await self._on_rows(self._office.leave)
        except (Error, TimeoutError):
            logger.warning("The leases were not given back: the database does not answer.")
        if has_successor:
            await asyncio.sleep(HANDOVER_SECONDS)
        for line in list(self.lines):
            self._close(line)
        try:
            async with asyncio.timeout(END_SECONDS):
                await asyncio.gather(*self._closing, return_exceptions=True)
                await self._intake.end()
                await self._on_rows(connections.close_all)
        except TimeoutError:
            return False
        self._rows.shutdown()
        return True
