"""Envelopes become rows, are acknowledged and handed on; commands are answered on the way.

What comes at the same time, over whichever connection, is kept in one commit.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from slack_bolt import BoltResponse

from bots.evidence import EVENT as EVIDENCE
from bots.evidence import proof_in, settle_by_django
from bots.intake import is_event
from bots.interactions import answer
from bots.models import InboxEvent
from bots.tasks import hand_on
from broadcasts.evidence import Proof
from teams.models import SlackApp
from teams.sockets import SocketClient, SocketModeRequest

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
# Slack waits for three seconds; then the event comes again.
PATIENCE_SECONDS = 2.5
AGAIN_SECONDS = 0.2
# Where events come one after the other, a commit for each would be most of the work.
GATHER_SECONDS = 0.005
# Messages to workers take no more than a fifth of the time; what comes meanwhile shares the next.
REST, LONGEST_REST = 4.0, 0.1
# Listeners of commands that run at the same time, and those of one app among them.
THREADS, THREADS_OF_AN_APP = 32, 8


@dataclass(frozen=True, eq=False)
class Event:
    """One event on its way into the inbox.

    The line that it came by wants the acknowledgement; `done` is called after it, or without it.
    """

    app: int
    app_id: str
    body: dict[str, Any]
    envelope_id: str
    client: SocketClient
    came_at: float
    done: Callable[[], None]


class Intake:
    """Shared by all connections of a process."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._has_come = asyncio.Event()
        self._keeper = ThreadPoolExecutor(1, "keeper")
        self._publisher = ThreadPoolExecutor(1, "publisher")
        self._listeners = ThreadPoolExecutor(THREADS, "listener")
        self._turns: dict[int, asyncio.Semaphore] = {}
        self._acknowledging: set[asyncio.Task[None]] = set()
        self._kept: list[int] = []
        self._handing_on: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._keep_all())

    def keep(self, event: Event) -> None:
        self._events.append(event)
        self._has_come.set()

    async def answer(self, app: int, client: SocketClient, request: SocketModeRequest) -> None:
        """Run the listeners of a command, a press or a view, and acknowledge with their answer."""
        turn = self._turns.setdefault(app, asyncio.Semaphore(THREADS_OF_AN_APP))
        async with turn:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._listeners, _listen, app, request)
        if response is not None and not await client.answer(request, response):
            logger.warning("An answer was not taken: HTTP would have said %s.", response.status)

    async def end(self) -> None:
        """Keep and hand on what has come; no connection may be open any more."""
        while self._events:
            await asyncio.sleep(0.01)
        self._task.cancel()
        if self._handing_on is not None:
            await self._handing_on
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._keeper, connections.close_all)
        for pool in (self._keeper, self._publisher, self._listeners):
            await asyncio.to_thread(pool.shutdown)

    async def _keep_all(self) -> None:
        while True:
            await self._has_come.wait()
            batch, self._events = self._events[:MOST_AT_ONCE], self._events[MOST_AT_ONCE:]
            if not self._events:
                self._has_come.clear()
            try:
                kept = await self._keep_batch(batch)
            except Exception:
                # Nothing was acknowledged: Slack sends it again.
                logger.exception("Events could not be kept.")
                kept = []
            self._acknowledge(kept)
            for event in set(batch).difference(kept) if kept is not batch else ():
                event.done()
            if 1 < len(batch) < MOST_AT_ONCE:
                await asyncio.sleep(GATHER_SECONDS)

    def _acknowledge(self, events: Sequence[Event]) -> None:
        """Each line for itself: one that takes nothing any more keeps no other waiting."""
        by_line: dict[SocketClient, list[Event]] = {}
        for event in events:
            by_line.setdefault(event.client, []).append(event)
        for client, its in by_line.items():
            task = asyncio.create_task(_acknowledge(client, its))
            self._acknowledging.add(task)
            task.add_done_callback(self._acknowledging.discard)

    async def _keep_batch(self, batch: Sequence[Event]) -> Sequence[Event]:
        loop = asyncio.get_running_loop()
        while True:
            try:
                kept, pks = await loop.run_in_executor(self._keeper, _keep, batch)
                break
            except (InterfaceError, OperationalError) as error:
                if time.monotonic() > batch[0].came_at + PATIENCE_SECONDS:
                    logger.warning("Not kept, and so sent again by Slack: %s", error)
                    return []
                await asyncio.sleep(AGAIN_SECONDS)
        self._kept += pks
        if self._kept and (self._handing_on is None or self._handing_on.done()):
            self._handing_on = asyncio.create_task(self._hand_on_all())
        return kept

    async def _hand_on_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._kept:
            pks, self._kept = self._kept, []
            begun = loop.time()
            try:
                await loop.run_in_executor(self._publisher, _hand_on, pks)
            except Exception:
                logger.exception("%s events wait for the sweep.", len(pks))
            await asyncio.sleep(min(LONGEST_REST, REST * (loop.time() - begun)))


async def _acknowledge(client: SocketClient, events: Sequence[Event]) -> None:
    for event in events:
        await client.acknowledge(event.envelope_id)
        event.done()


def _keep(batch: Sequence[Event]) -> tuple[Sequence[Event], list[int]]:
    """Commit the events; those that may be acknowledged, and the keys of the new rows."""
    try:
        return batch, _keep_together(batch)
    except (InterfaceError, OperationalError):
        connection.close()
        raise
    except DatabaseError:
        # One of them cannot be kept, such as that of an app which was deleted a moment ago.
        return _keep_each(batch)


def _keep_each(batch: Sequence[Event]) -> tuple[Sequence[Event], list[int]]:
    kept, pks = [], []
    for event in batch:
        try:
            pks += _keep_together([event])
            kept.append(event)
        except (InterfaceError, OperationalError):
            connection.close()
            raise
        except DatabaseError:
            logger.exception("An event could not be kept.")
    return kept, pks


def _keep_together(batch: Sequence[Event]) -> list[int]:
    proofs, rest = [], []
    for event in batch:
        proof = _proof(event)
        if proof is not None:
            proofs.append(proof)
        else:
            rest.append((event.app, event.body))
    if proofs:
        settle_by_django(proofs)
    return InboxEvent.objects.keep_many(rest, timezone.now()) if rest else []


def _proof(event: Event) -> Proof | None:
    if event.body["event"]["type"] != EVIDENCE:
        return None
    return proof_in(event.body, SlackApp(pk=event.app, app_id=event.app_id))


def _hand_on(pks: Sequence[int]) -> None:
    try:
        hand_on(pks)
    except BrokerError as error:
        logger.warning("%s events wait for the sweep: %s", len(pks), error)


def _listen(app: int, request: SocketModeRequest) -> BoltResponse | None:
    """What the listeners answer at once."""
    try:
        slack_app = SlackApp.objects.enabled().get(pk=app)
        return answer(slack_app, request.payload)
    except Exception:
        logger.exception("A %s envelope could not be answered.", request.type)
        return None
    finally:
        # A kept connection for each thread would be many.
        connections.close_all()


def event_in(body: Any) -> TypeGuard[dict[str, Any]]:
    """Whether this is an event that has a place in the inbox."""
    return isinstance(body, dict) and body.get("type") == "event_callback" and is_event(body)
