"""All WebSockets of all apps: tickets, the limit of ten, and which one gets an envelope."""

import asyncio
import json
import random
import secrets
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from hashlib import sha256

from sandbox.clock import Clock
from sandbox.events.parcels import ACK_SECONDS, Attempt, Parcel, ParcelKind, Retry
from sandbox.sockets.connection import Connection, Reason
from sandbox.world.apps import SlackApp
from sandbox.world.workspace import Doc

MOST = 10
"""Connections of one app, all workspaces together."""
TICKET_SECONDS = 60


@dataclass(slots=True)
class Ticket:
    """What apps.connections.open gives: it opens one connection."""

    app_id: str
    expires: float


class Sockets:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tickets: dict[str, Ticket] = {}
        self._connections: dict[str, dict[str, Connection]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ticket(self, app_id: str) -> str:
        """The query of a new address; the app's id is in it only as a digest, as at Slack."""
        ticket = str(uuid.uuid4())
        self._tickets[ticket] = Ticket(app_id, self._clock.now() + TICKET_SECONDS)
        return f"ticket={ticket}&app_id={sha256(app_id.encode()).hexdigest()}"

    def redeem(self, ticket: str) -> str | None:
        """The app of a ticket, once; None when it is used, too old or was never given."""
        given = self._tickets.pop(ticket, None)
        return given.app_id if given and self._clock.now() < given.expires else None

    def of_app(self, app_id: str | None = None) -> list[Connection]:
        """The open connections of one app or of all, the oldest first."""
        chosen = (
            self._connections.values() if app_id is None else [self._connections.get(app_id, {})]
        )
        return [each for connections in chosen for each in connections.values()]

    def add(self, connection: Connection, seconds: float) -> asyncio.Task[None]:
        """Count a connection in; the task that ends it after so many seconds."""
        self._connections.setdefault(connection.app_id, {})[connection.id] = connection
        return self.start(connection.live(seconds))

    def remove(self, connection: Connection) -> None:
        self._connections.get(connection.app_id, {}).pop(connection.id, None)
        connection.lost()

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def send(self, app: SlackApp, parcel: Parcel, retry: Retry | None = None) -> Attempt:
        """Give one envelope to any one connection and wait for its acknowledgement."""
        at = time.time()
        open_ones = [each for each in self.of_app(app.app_id) if each.takes]
        if not open_ones:
            return Attempt(0, at, "connection_failed")
        connection = random.choice(open_ones)
        try:
            async with asyncio.timeout(ACK_SECONDS):
                answer = await connection.ask(_envelope(parcel, retry))
        except TimeoutError:
            return Attempt(0, at, "timeout", connection=connection.id)
        except ConnectionError:
            return Attempt(0, at, "connection_failed", connection=connection.id)
        payload = answer.get("payload")
        body = json.dumps(payload) if payload and parcel.answerable else ""
        return Attempt(200, at, None, body, connection.id)

    def disable(self, app_id: str) -> None:
        """Socket Mode was switched off: every connection is told so and closed."""
        for connection in self.of_app(app_id):
            self.start(connection.disconnect(Reason.DISABLED, 0))

    def clear(self) -> None:
        """Break all connections and forget all tickets."""
        self._tickets.clear()
        for connection in self.of_app():
            connection.reset()
        self._connections.clear()

    async def close(self) -> None:
        self.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _envelope(parcel: Parcel, retry: Retry | None) -> Doc:
    """Each try has an id of its own; only events tell how often they were tried."""
    envelope: Doc = {
        "envelope_id": f"{secrets.token_hex(4)}-{secrets.token_hex(8)}",
        "payload": parcel.document,
        "type": parcel.kind,
        "accepts_response_payload": parcel.answerable,
    }
    if parcel.kind is ParcelKind.EVENT:
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason if retry else ""
    return envelope


async def _quietly(work: Coroutine[None, None, None]) -> None:
    """A line that breaks while something is said over it is nobody's fault."""
    try:
        await work
    except ConnectionError:
        return
