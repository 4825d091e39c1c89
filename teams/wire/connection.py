"""One keep-alive connection of HTTP/1.1: a request, its answer, then the next request."""

import asyncio
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from teams.wire.terms import Limits, NotWritten, OnEnd, Reply, TooLate, Unanswered, boottime

_FRAMES = frozenset(("content-length", "transfer-encoding"))
_KEPT = {name.encode(): name for name in (*_FRAMES, "retry-after")}
_INTERIM = range(100, 200)


class Connection(asyncio.Protocol):
    """Calls `on_free` when it may serve another request and `on_lost` when it never will again."""

    def __init__(
        self,
        limits: Limits,
        *,
        on_free: Callable[["Connection"], None],
        on_lost: Callable[["Connection"], None],
    ) -> None:
        self._limits = limits
        self._on_free = on_free
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: OnEnd | None = None
        self._reply: Reply | None = None
        self._received = 0
        self._made_at = self._used_at = self._loop.time()
        self._clear()

    def send(self, request: bytes, deadline: float, on_end: OnEnd) -> None:
        """Write the request in one call, unless it is too late; its end is told."""
        if self._transport is None:
            on_end(NotWritten("the connection closed"))
            return
        if boottime() > deadline:
            self._on_free(self)
            on_end(TooLate())
            return
        self._clear()
        self._received = 0
        self._used_at = self._loop.time()
        self._waiting = on_end
        self._transport.write(request)

    @property
    def closed(self) -> bool:
        return self._transport is None

    def is_stale(self, now: float) -> bool:
        """Whether the other end may have had enough of it; `now` is the loop's time."""
        limits = self._limits
        return now - self._used_at > limits.idle or now - self._made_at > limits.age

    def tend(self, now: float) -> None:
        """Give up an answer that took too long, or a connection that nobody needed."""
        if self._waiting is not None:
            if now - self._used_at > self._limits.answer:
                self.fail(f"none within {self._limits.answer:g} s")
        elif self.is_stale(now):
            self.abort()

    def fail(self, reason: str) -> None:
        """End it; a request under way is Unanswered."""
        on_end, self._waiting = self._waiting, None
        self.abort()
        if on_end is not None:
            on_end(Unanswered(reason))

    def abort(self) -> None:
        """End it without a goodbye, which the other end might take its time to answer."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            # Nobody asked: the other end says goodbye, and would not read the next request.
            self.abort()
            return
        self._received += len(data)
        if self._received > self._limits.longest:
            self.fail(f"longer than {self._limits.longest} bytes")
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._keep = False
            if self._reply is None:
                self.fail("something that is no HTTP")
                return
        if self._reply is not None:
            self._finish(self._reply)

    def eof_received(self) -> None:
        if self._waiting is not None and self._headed and not self._headers.keys() & _FRAMES:
            # An answer of no stated length ends where the connection does.
            self._keep = False
            self._finish(self._read())
        self.fail("the connection closed")

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail("the connection closed" if exc is None else type(exc).__name__)
        self._on_lost(self)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._reply is None:
            self._clear()
        else:
            # A second answer to one request.
            self._keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if kept := _KEPT.get(name.lower()):
            self._headers[kept] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._headed = self._parser.get_status_code() not in _INTERIM

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        if self._headed and self._reply is None:
            self._keep = self._parser.should_keep_alive()
            self._reply = self._read()

    def _read(self) -> Reply:
        return Reply(self._parser.get_status_code(), self._headers, b"".join(self._parts))

    def _clear(self) -> None:
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._headed = False
        self._keep = True

    def _finish(self, reply: Reply) -> None:
        on_end, self._waiting, self._reply = self._waiting, None, None
        self._used_at = self._loop.time()
        if self._keep:
            self._on_free(self)
        else:
            self.abort()
        if on_end is not None:
            on_end(reply)
