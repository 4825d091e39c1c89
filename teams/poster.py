"""The pooled asynchronous client for the sender's posts, on the door's table of answers.

slack_sdk opens a connection for every call; at a post's pace that would cost more than the post.
"""

import asyncio
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from teams.answers import Ambiguous, Answer, NotNow, read_answer

CONNECTIONS = 512
# A connection idle for longer may already be closed at the other end: a request written into it
# would have an unknown end.
IDLE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
# The lane does not wait that long for its next slot, but a late answer saves an unknown.
ANSWER_SECONDS = 60.0


def boottime() -> float:
    """Seconds on a clock that also runs while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class TooLate:
    """The deadline passed before the first byte was written: nothing happened."""


class _TooLateToWrite(Exception):
    """The request's deadline passed before its first byte."""


class _Body(aiohttp.BytesPayload):
    """A body that knows whether its request began to leave.

    aiohttp holds the headers back until the body's first write, so a refusal here means that no
    byte of the request was written.
    """

    def __init__(self, value: bytes, deadline: float) -> None:
        super().__init__(value, content_type="application/json; charset=utf-8")
        self.deadline = deadline
        self.began = False

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        if boottime() > self.deadline:
            raise _TooLateToWrite
        self.began = True
        await super().write_with_length(writer, content_length)


class Poster:
    """One connection pool; made and used on one event loop."""

    def __init__(self, base_url: str) -> None:
        self._base = f"{base_url}/api/"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS,
                keepalive_timeout=IDLE_SECONDS,
                ssl=ssl.create_default_context(),
            ),
            timeout=aiohttp.ClientTimeout(
                total=ANSWER_SECONDS + CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=True,
        )

    async def post(
        self, method: str, body: bytes, *, token: str, deadline: float
    ) -> Answer | TooLate:
        """One request, never repeated. `deadline` is a boottime() after which it must not begin."""
        payload = _Body(body, deadline)
        try:
            async with self._session.post(
                self._base + method,
                data=payload,
                headers={"Authorization": f"Bearer {token}"},
                allow_redirects=False,
            ) as response:
                content = await response.read()
                return read_answer(response.status, response.headers, _json(content))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if payload.began:
                return Ambiguous("no_answer", f"No answer from Slack: {_name(error)}.")
            if boottime() > deadline:
                return TooLate()
            return NotNow(
                "no_connection", f"Slack could not be reached: {_name(error)}.", 1.0, "lane"
            )

    async def close(self) -> None:
        await self._session.close()
        # aiohttp closes TLS transports a loop turn later.
        await asyncio.sleep(0)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _name(error: BaseException) -> str:
    """The kind of fault; its text could hold a header."""
    return type(error).__name__
