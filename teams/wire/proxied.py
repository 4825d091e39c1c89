"""Through a proxy, which aiohttp knows how to ask."""

import asyncio
import logging
import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from teams.wire.terms import (
    CONNECTIONS,
    LIMITS,
    End,
    NotWritten,
    OnEnd,
    Reply,
    TooLate,
    Unanswered,
    boottime,
)

logger = logging.getLogger(__name__)


def proxy_for(base_url: str) -> str | None:
    """The proxy that HTTPS_PROXY or HTTP_PROXY names, unless NO_PROXY makes an exception."""
    parts = urlsplit(base_url)
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy and not proxy_bypass(parts.netloc.rpartition("@")[2]) else None


class _Body(aiohttp.BytesPayload):
    """A body that knows whether its request began to leave.

    aiohttp holds the headers back until the body's first write, so a refusal here means that no
    byte of the request was written.
    """

    def __init__(self, value: bytes, deadline: float) -> None:
        super().__init__(value, content_type="application/json; charset=utf-8")
        self.deadline = deadline
        self.began = False
        self.too_late = False

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        if boottime() > self.deadline:
            self.too_late = True
            raise aiohttp.ClientPayloadError
        self.began = True
        await super().write_with_length(writer, content_length)


class Proxied:
    """Posts to `base_url`/api/… by way of `proxy`."""

    def __init__(self, base_url: str, proxy: str) -> None:
        self._base = f"{base_url}/api/"
        # The loop keeps only weak references to its tasks.
        self._tasks: set[asyncio.Task[End]] = set()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS,
                keepalive_timeout=LIMITS.idle,
                ssl=ssl.create_default_context(),
            ),
            proxy=proxy,
            timeout=aiohttp.ClientTimeout(
                total=LIMITS.answer + LIMITS.connect, sock_connect=LIMITS.connect
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    def send(self, method: str, body: bytes, *, token: str, deadline: float, on_end: OnEnd) -> None:
        def tell(task: asyncio.Task[End]) -> None:
            self._tasks.discard(task)
            if fault := None if task.cancelled() else task.exception():
                # A fault of ours, or of aiohttp's: how far the request came is not known.
                logger.error("A request by way of the proxy ended in a fault", exc_info=fault)
            on_end(Unanswered("a fault") if task.cancelled() or fault else task.result())

        work = self._ask(method, body, token, deadline)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(tell)

    async def _ask(self, method: str, body: bytes, token: str, deadline: float) -> End:
        payload = _Body(body, deadline)
        try:
            async with self._session.post(
                self._base + method,
                data=payload,
                headers={"Authorization": f"Bearer {token}"},
                allow_redirects=False,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, headers, await _content(response))
        except Unanswered as error:
            return error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if payload.too_late:
                return TooLate()
            # The kind of fault; its text could hold a header.
            kind = type(error).__name__
            return Unanswered(kind) if payload.began else NotWritten(kind)

    def reserve(self, total: int) -> int:
        return min(total, CONNECTIONS)

    async def close(self) -> None:
        await self._session.close()
        # aiohttp closes TLS transports a loop turn later.
        await asyncio.sleep(0)


async def _content(response: aiohttp.ClientResponse) -> bytes:
    parts, length = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        length += len(part)
        if length > LIMITS.longest:
            raise Unanswered(f"longer than {LIMITS.longest} bytes")
    return b"".join(parts)
