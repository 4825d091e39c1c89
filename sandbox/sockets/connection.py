"""One WebSocket of an app: what is sent over it, what is acknowledged, and how it ends.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import secrets
import socket
import struct
import time
from enum import StrEnum

from aiohttp import WSMsgType
from aiohttp.web import BaseRequest, WebSocketResponse

from sandbox.world.workspace import Doc

PING_SECONDS = 10.0
WARNING_SECONDS = 10.0
"""Between the warning and the end of a connection."""
_CLOSE_SECONDS = 1.0
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Reason(StrEnum):
    """Why Slack ends a connection, and how long it then stays open."""

    WARNING = "warning"
    REFRESH = "refresh_requested"
    DISABLED = "link_disabled"
    TOO_MANY = "too_many_websockets"


class Connection:
    """`silent` plays a dead line: TCP stays up, and nothing is sent, answered or understood."""

    def __init__(self, app_id: str, request: BaseRequest) -> None:
        self.id = secrets.token_hex(4)
        self.app_id = app_id
        self.opened = time.time()
        self.sent = self.acked = self.pings = 0
        self.silent = self.leaving = False
        self._request = request
        self._ws = WebSocketResponse(
            autoping=False, autoclose=False, compress=False, timeout=_CLOSE_SECONDS
        )
        self._pending: dict[str, asyncio.Future[Doc]] = {}

    @property
    def takes(self) -> bool:
        """Whether Slack still sends envelopes here; a silent line looks as good as any."""
        return not self.leaving

    async def prepare(self) -> WebSocketResponse:
        await self._ws.prepare(self._request)
        return self._ws

    async def listen(self) -> None:
        """Take acknowledgements and answer pings until the other side is gone."""
        while True:
            message = await self._ws.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING) and self.silent:
                await asyncio.Event().wait()  # until the loss of the connection cancels it
            if message.type not in (WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG):
                return
            if self.silent:
                continue
            if message.type is WSMsgType.PING:
                self.pings += 1
                await self._ws.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        """What is no acknowledgement of something that waits for one is left alone."""
        try:
            answer = json.loads(text)
        except ValueError:
            return
        if not isinstance(answer, dict):
            return
        waiting = self._pending.pop(str(answer.get("envelope_id")), None)
        if waiting and not waiting.done():
            self.acked += 1
            waiting.set_result(answer)

    async def ask(self, envelope: Doc) -> Doc:
        """Send an envelope and wait for its acknowledgement; ConnectionError when the line ends."""
        waiting = asyncio.get_running_loop().create_future()
        self._pending[envelope["envelope_id"]] = waiting
        self.sent += 1
        try:
            await self.say(envelope)
            answer: Doc = await waiting
            return answer
        finally:
            self._pending.pop(envelope["envelope_id"], None)

    async def say(self, document: Doc) -> None:
        if not self.silent and not self._ws.closed:
            await self._ws.send_str(_encode(document))

    async def live(self, seconds: float) -> None:
        """Ping now and then; warn at the end of the connection's time, and close it."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds - WARNING_SECONDS
        while (left := ends - loop.time()) > 0:
            await asyncio.sleep(min(PING_SECONDS, left))
            if not self.silent and not self._ws.closed:
                await self._ws.ping(f"Ping from {self.host}".encode())
        await self.disconnect(Reason.WARNING, WARNING_SECONDS)

    async def disconnect(self, reason: Reason, seconds: float) -> None:
        """Say why the connection ends, and end it after so many seconds."""
        await self.say({"type": "disconnect", "reason": reason, "debug_info": {"host": self.host}})
        self.leaving = reason is not Reason.WARNING
        await asyncio.sleep(seconds)
        await self.close()

    async def close(self) -> None:
        """End as WebSockets do; a silent line cannot."""
        if not self.silent:
            await self._ws.close()

    def reset(self) -> None:
        """Break the TCP connection with a RST, without a word."""
        transport = self._request.transport
        if transport is not None:
            line = transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    def tear(self) -> None:
        """End the TCP connection in the middle of a frame, as a host that dies does."""
        transport = self._request.transport
        if transport is not None:
            # A text of 256 bytes is announced.
            transport.write(b"\x81\x7e\x01\x00" + b'{"envelope_id":"')
            transport.close()

    def lost(self) -> None:
        """The line is gone: what waits for an acknowledgement gets none."""
        self.leaving = True
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError())
        self._pending.clear()

    @property
    def host(self) -> str:
        return f"applink-{self.id}"

    def document(self) -> Doc:
        return {
            "id": self.id,
            "app_id": self.app_id,
            "opened": self.opened,
            "sent": self.sent,
            "acked": self.acked,
            "pings": self.pings,
            "silent": self.silent,
            "leaving": self.leaving,
        }
