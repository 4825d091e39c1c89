"""Slack's schedule of retries for events, whichever way the app gets them.

Rules: three retries (nearly at once, after a minute, after five) until the app acknowledges.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.events.http import HttpTransport
from sandbox.events.parcels import Attempt, Parcel, ParcelKind, Retry
from sandbox.sockets.pool import Sockets
from sandbox.world.apps import Installation, SlackApp
from sandbox.world.workspace import Doc

RETRY_AFTER = (0.5, 60.0, 300.0)
AT_ONCE = 64
"""HTTP requests under way to all apps together; waiting for a turn is not held against the app."""


@dataclass(slots=True)
class Delivery:
    """One event on its way to one app."""

    event_id: str
    type: str
    team_id: str
    app_id: str
    message_ts: str = ""
    attempts: list[Attempt] = field(default_factory=list)


class Deliveries:
    """Sends events and interactions; remembers how each event fared."""

    def __init__(self, clock: Clock, sockets: Sockets) -> None:
        self._clock = clock
        self._http = HttpTransport()
        self._sockets = sockets
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self.log: list[Delivery] = []

    def send(
        self,
        installation: Installation,
        event: Doc,
        *,
        event_id: str | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> str:
        """Deliver one event in the background; `wanted` is asked again before each retry."""
        app = installation.app
        event_id = event_id or new_event_id()
        delivery = Delivery(
            event_id,
            str(event.get("type")),
            installation.workspace.team_id,
            app.app_id,
            str(event.get("message_ts") or ""),
        )
        self._start(app, delivery, envelope(installation, event, event_id), wanted)
        return event_id

    def send_bare(self, installation: Installation, document: Doc) -> None:
        """Deliver a document that is no event: it has no envelope and no id."""
        app, team_id = installation.app, installation.workspace.team_id
        delivery = Delivery("", str(document.get("type")), team_id, app.app_id)
        self._start(app, delivery, document, lambda: True)

    def _start(
        self, app: SlackApp, delivery: Delivery, document: Doc, wanted: Callable[[], bool]
    ) -> None:
        self.log.append(delivery)
        if app.request_url or app.socket_mode:
            parcel = Parcel(ParcelKind.EVENT, document)
            task = asyncio.create_task(self._deliver(app, delivery, parcel, wanted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self, app: SlackApp, delivery: Delivery, parcel: Parcel, wanted: Callable[[], bool]
    ) -> None:
        retry = None
        for number, wait in enumerate((*RETRY_AFTER, 0.0)):
            attempt, stop = await self._in_turn(app, parcel, retry)
            delivery.attempts.append(attempt)
            if attempt.reason is None or stop or number == len(RETRY_AFTER):
                return
            await self._clock.sleep(wait)
            if not wanted():
                return
            retry = Retry(number + 1, attempt.reason)

    async def _in_turn(
        self, app: SlackApp, parcel: Parcel, retry: Retry | None
    ) -> tuple[Attempt, bool]:
        if app.socket_mode:
            return await self._sockets.send(app, parcel, retry), False
        async with self._turns:
            return await self._http.send(app, parcel, retry)

    async def ask(self, app: SlackApp, parcel: Parcel) -> Attempt:
        """Send a command or an interaction once, and wait for the app's answer."""
        if app.socket_mode:
            return await self._sockets.send(app, parcel)
        return (await self._http.send(app, parcel))[0]

    def clear(self) -> None:
        """Forget all events, also those that wait for a retry."""
        for task in self._tasks:
            task.cancel()
        self.log.clear()

    async def close(self) -> None:
        self.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()


def new_event_id() -> str:
    return "Ev" + secrets.token_hex(6).upper()


def envelope(installation: Installation, event: Doc, event_id: str) -> Doc:
    """What Slack wraps around an event."""
    workspace = installation.workspace
    enterprise_id = workspace.enterprise_id
    return {
        "token": "verification-tokens-are-deprecated",
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": enterprise_id,
        "api_app_id": installation.app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": enterprise_id,
                "team_id": workspace.team_id,
                "user_id": installation.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": installation.org is not None,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
