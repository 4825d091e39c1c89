"""The door for Socket Mode: one WebSocket to Slack, by the SDK's client on our terms.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from django.conf import settings
from slack_bolt import BoltResponse
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from teams.answers import Answer, NotNow, read_answer
from teams.slack import TIMEOUT, TLS, UNCONNECTED_WAIT

__all__ = ["SocketClient", "SocketModeRequest", "ask_address"]

# A line on which nothing has been heard for so long is pinged, and given up half of it later.
PING_SECONDS = 8.0
CLOSE_SECONDS = 2.0

# The SDK logs each lost line with a traceback; the supervisor says it in a sentence.
_QUIET = logging.getLogger("teams.sockets.sdk")
_QUIET.setLevel(logging.CRITICAL)

type Heard = Callable[[Mapping[str, Any]], None]
type Ended = Callable[[], None]


async def ask_address(app_token: str) -> Answer:
    """apps.connections.open: `url` of the answer opens one WebSocket, within a minute."""
    client = AsyncWebClient(
        token=app_token,
        base_url=f"{settings.SLACK_URL}/api/",
        timeout=TIMEOUT,
        ssl=TLS,
        retry_handlers=[],
    )
    client.proxy = _proxy(settings.SLACK_URL)
    try:
        response = await client.api_call("apps.connections.open", data={})
    except SlackApiError as error:
        response = error.response
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # An address that was given and not heard of is no loss: whatever it was, ask again.
        reason = f"Slack cannot be reached ({type(error).__name__})."
        return NotNow("not_connected", reason, UNCONNECTED_WAIT)
    return read_answer(response.status_code, response.headers, response.data)


class SocketClient(SocketModeClient):
    """Opened once, and never again by itself: whoever opened it decides what comes after it.

    `heard` gets every message of Slack's, in the order of their coming; `ended` is called when the
    line was closed or fell silent, though not for every way in which it can be lost: look at
    `is_open`.
    """

    def __init__(self, address: str, heard: Heard, ended: Ended) -> None:
        super().__init__(
            app_token="",
            logger=_QUIET,
            web_client=AsyncWebClient(ssl=TLS, retry_handlers=[]),
            auto_reconnect_enabled=False,
            ping_interval=PING_SECONDS,
        )
        self.wss_uri = address
        self.proxy = _proxy(address.replace("ws", "http", 1))
        self._heard = heard

        async def end(message: aiohttp.WSMessage) -> None:
            ended()

        self.on_close_listeners.append(end)
        self.on_error_listeners.append(end)

    @property
    def is_open(self) -> bool:
        """False as soon as Slack has closed the line, or it was lost or silent for too long."""
        return self.current_session is not None and not self.current_session.closed

    async def connect(self) -> None:
        """One try, of at most `TIMEOUT` seconds.

        Raises:
            ConnectionError: it did not open; the message says why.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                self.current_session = await self.aiohttp_client_session.ws_connect(
                    str(self.wss_uri),
                    autoping=False,
                    heartbeat=PING_SECONDS,
                    proxy=self.proxy,
                    ssl=TLS,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = f"The WebSocket did not open ({type(error).__name__})."
            raise ConnectionError(reason) from error
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Not here: the SDK would do it whatever the reason of Slack's disconnect."""

    async def enqueue_message(self, message: str) -> None:
        """At once: the SDK's queue and its task for each message would cost as much as the rest."""
        try:
            document = json.loads(message)
        except ValueError:
            document = None
        if isinstance(document, dict):
            self._heard(document)

    async def close(self) -> None:
        """As WebSockets do: Slack sends nothing more here, and what it has sent comes again."""
        await super().close()  # type: ignore[no-untyped-call]

    async def acknowledge(self, envelope_id: str) -> bool:
        """Whether the word was given to the line; when not, Slack sends the envelope again."""
        return await self._send(json.dumps({"envelope_id": envelope_id}))

    async def answer(self, request: SocketModeRequest, response: BoltResponse) -> bool:
        """Bolt's answer as acknowledgement, with its payload; none for a failure, as over HTTP."""
        try:
            await send_async_response(self, request, response, 0.0)
        except (aiohttp.ClientError, ConnectionError, RuntimeError):
            return False
        return response.status == 200

    async def _send(self, text: str) -> bool:
        try:
            await self.send_message(text)
        except (aiohttp.ClientError, ConnectionError, RuntimeError):
            return False
        return True


def _proxy(address: str) -> str | None:
    """The environment's proxy for this address; the SDK knows no exceptions from it."""
    parts = urlsplit(address)
    if parts.scheme != "https" or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get("https")
