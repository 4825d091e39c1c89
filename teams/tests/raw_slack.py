"""A Slack of raw bytes, for answers that no proper server gives; and the line that speaks to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop

from teams.wire.direct import Direct
from teams.wire.terms import LIMITS, End, Limits, Reply, boottime

OK = b'{"ok":true,"channel":"D1","ts":"1.2"}'


def answer(body: bytes = OK, *, status: str = "200 OK", headers: str = "") -> bytes:
    """An answer with its length in its head."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@dataclass
class Slack:
    """What arrived: the connections made, and the requests as they were written."""

    url: str = ""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    # Set once for each request; tests of an answer's time wait for it.
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connections(self) -> int:
        return len(self.writers)


type Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


def plays(*pieces: bytes, close: bool = False) -> Play:
    """Answer each request with these bytes, then perhaps hang up."""

    async def play(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if close:
            writer.close()

    return play


@asynccontextmanager
async def raw_slack(play: Play, tls: ssl.SSLContext | None = None) -> AsyncIterator[Slack]:
    """A server on a free port that reads whole requests and plays its part after each."""
    slack = Slack()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        slack.writers.append(writer)
        try:
            while not writer.is_closing():
                slack.requests.append(await _request(reader))
                slack.arrived.set()
                await play(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    slack.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    async with server:
        yield slack
        for writer in slack.writers:
            writer.transport.abort()


@asynccontextmanager
async def line_to(url: str, limits: Limits = LIMITS) -> AsyncIterator[Direct]:
    line = Direct(url, limits)
    try:
        yield line
    finally:
        await line.close()


async def post(line: Direct, body: bytes = b"{}", *, seconds: float = 5.0) -> Reply:
    """One post that is in time; its answer."""
    deadline = boottime() + seconds
    end = await end_of(line, body, deadline=deadline)
    if isinstance(end, Exception):
        raise end
    assert isinstance(end, Reply)
    return end


async def end_of(line: Direct, body: bytes, *, deadline: float) -> End:
    """What became of one post."""
    end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
    line.send("chat.postMessage", body, token="xoxb-1", deadline=deadline, on_end=end.set_result)
    return await end


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def on_each_loop[T](run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of a test's coroutine on Python's loop, which uvloop's has to equal."""
    result = asyncio.run(run())
    assert asyncio.run(run(), loop_factory=uvloop.new_event_loop) == result
    return result


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    return head + await reader.readexactly(length)
