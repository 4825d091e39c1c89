"""The connections to one host: taken for a request, kept while they are fresh."""

import asyncio
from collections.abc import Callable, Coroutine
from ssl import SSLContext
from typing import Any

from teams.wire.connection import Connection
from teams.wire.terms import CONNECTIONS, Limits, NotWritten

TEND_SECONDS = 1.0


class Pool:
    """At most CONNECTIONS of them; a request that finds none free is refused, never queued."""

    def __init__(self, host: str, port: int, tls: SSLContext | None, limits: Limits) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._open: set[Connection] = set()
        # In the order of their last use: what is taken from the end leaves the surplus idle.
        self._idle: dict[Connection, None] = {}
        self._opening = 0
        self._failing = False
        self._closed = False
        # The loop keeps only weak references to its tasks.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def take(self) -> Connection | None:
        """One that is open and fresh, if there is one."""
        now = self._loop.time()
        while self._idle:
            connection, _ = self._idle.popitem()
            if not connection.closed and not connection.is_stale(now):
                return connection
            self._drop(connection)
        return None

    def connect(
        self, on_made: Callable[[Connection], None], on_failed: Callable[[NotWritten], None]
    ) -> None:
        """A new one, taken already; one of the two is called."""

        def tell(task: asyncio.Task[Connection]) -> None:
            if task.cancelled():
                on_failed(NotWritten("this hub closed the connection"))
            elif error := task.exception():
                on_failed(NotWritten(*error.args))
            else:
                on_made(task.result())

        self._start(self._connect()).add_done_callback(tell)

    def reserve(self, total: int) -> int:
        """How many requests could be under way at once now; missing connections are begun.

        While none can be made, requests are let through: their ends say what is wrong.
        """
        total = min(total, CONNECTIONS)
        now = self._loop.time()
        while self._idle and (oldest := next(iter(self._idle))).is_stale(now):
            self._drop(oldest)
        if self._failing:
            return total
        for _ in range(total - len(self._open) - self._opening):
            # Counted here, because the task begins only later.
            self._opening += 1
            self._start(self._prepare())
        return len(self._open)

    def _start[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in [*self._open]:
            connection.fail("this hub closed the connection")
        # Transports end a loop turn later.
        await asyncio.sleep(0)
        while self._open:
            await asyncio.sleep(0)

    async def _prepare(self) -> None:
        self._opening -= 1
        try:
            self._free(await self._connect())
        except NotWritten:
            # The next request finds out by itself and tells the reason.
            return

    async def _connect(self) -> Connection:
        if self._closed or len(self._open) + self._opening >= CONNECTIONS:
            raise NotWritten("no connection is free")
        self._opening += 1
        try:
            async with asyncio.timeout(self._limits.connect):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._limits, on_free=self._free, on_lost=self._lose),
                    self._host,
                    self._port,
                    ssl=self._tls,
                )
        except (OSError, UnicodeError) as error:
            self._failing = True
            # The kind of fault, which no address or secret can be part of.
            raise NotWritten(type(error).__name__) from error
        finally:
            self._opening -= 1
        self._failing = connection.closed
        if connection.closed:
            raise NotWritten("the connection closed at once")
        self._open.add(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(TEND_SECONDS, self._tend)
        return connection

    def _free(self, connection: Connection) -> None:
        self._idle[connection] = None

    def _drop(self, connection: Connection) -> None:
        """Not to be counted from now on, though its transport ends a loop turn later."""
        self._lose(connection)
        connection.abort()

    def _lose(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)

    def _tend(self) -> None:
        now = self._loop.time()
        for connection in [*self._open]:
            connection.tend(now)
        self._timer = self._loop.call_later(TEND_SECONDS, self._tend) if self._open else None
