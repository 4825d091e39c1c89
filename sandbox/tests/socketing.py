"""Sockets as an app holds them: plain ones that record all they get, on one loop in a thread."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest

from sandbox.testing import RunningSandbox, wait_until

APP_TOKEN = "xapp-1-A0TEST-secret"
type Answer = Callable[[dict[str, Any]], dict[str, Any] | None]
"""The payload of an acknowledgement, or None for one without; LookupError for none at all."""
QUIET = logging.getLogger("sandbox.tests.socketing")
QUIET.setLevel(logging.CRITICAL)


@dataclass(slots=True)
class Wire:
    """One open socket: what came over it, and what it answers envelopes (None: nothing)."""

    socket: aiohttp.ClientWebSocketResponse
    messages: list[dict[str, Any]] = field(default_factory=list)
    answer: Answer | None = lambda _: None
    ended: bool = False

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one type: hello, disconnect, or that of an envelope."""
        return [each for each in self.messages if each["type"] == kind]

    async def listen(self) -> None:
        async for message in self.socket:
            document = json.loads(message.data)
            self.messages.append(document)
            if "envelope_id" in document and self.answer:
                await self._acknowledge(document, self.answer)
        self.ended = True

    async def _acknowledge(self, envelope: dict[str, Any], answer: Answer) -> None:
        try:
            payload = answer(envelope)
        except LookupError:
            return
        said = {"envelope_id": envelope["envelope_id"]}
        await self.socket.send_json(said | ({"payload": payload} if payload else {}))


def by_bolt(bolt: App) -> Answer:
    """Answers as Bolt's own adapter for Socket Mode does."""

    def answer(envelope: dict[str, Any]) -> dict[str, Any] | None:
        request = SocketModeRequest.from_dict(envelope)
        assert request is not None
        said = run_bolt_app(bolt, request)
        if said.status != 200:
            raise LookupError(said.status)
        if not said.body:
            return None
        kind = said.headers.get("content-type", [""])[0]
        return json.loads(said.body) if kind.startswith("application/json") else {"text": said.body}

    return answer


@dataclass(slots=True)
class Wires:
    """Opens sockets for the app of the tests; `close` ends them all."""

    sandbox: RunningSandbox
    loop: asyncio.AbstractEventLoop
    session: aiohttp.ClientSession
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def run[T](self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(5)

    def open(self, more: str = "") -> Wire:
        """Open one and wait for the first message; `more` is added to the address."""
        url = app_client(self.sandbox).apps_connections_open(app_token=APP_TOKEN)["url"]
        wire = self.run(self._connect(f"{url}{more}"))
        wait_until(lambda: wire.messages)
        return wire

    async def _connect(self, url: str) -> Wire:
        wire = Wire(await self.session.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)))
        self.tasks.append(asyncio.create_task(wire.listen()))
        return wire

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.session.close()


@contextmanager
def wiring(sandbox: RunningSandbox) -> Iterator[Wires]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    wires = Wires(sandbox, loop, asyncio.run_coroutine_threadsafe(_session(), loop).result(5))
    try:
        yield wires
    finally:
        wires.run(wires.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


def app_client(sandbox: RunningSandbox) -> WebClient:
    return WebClient(base_url=sandbox.api_url, retry_handlers=[], timeout=5, logger=QUIET)


def connections(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.control("GET", "sockets?app_id=A0TEST")
    return found
