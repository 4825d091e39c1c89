"""The one thread on which a sender talks to PostgreSQL, so that one transaction is in flight."""

import asyncio
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from broadcasts.sending.ledger import Ledger

# A database that keeps silent for so long is away: by then the leases have run out too.
PATIENCE_SECONDS = 15.0


class LedgerThread:
    """Awaits, on the event loop, what runs on the thread."""

    def __init__(self, sender: UUID, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._ledger = Ledger(sender)
        self._django: BaseDatabaseWrapper | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    @property
    def marker(self) -> UUID:
        return self._ledger.marker

    async def run[T](self, work: Callable[[Ledger], T]) -> T:
        """Its result.

        Raises:
            psycopg.OperationalError: also after a silence. A server that is frozen, or behind a
                dead network, would keep the answers in hand, and the process from its end.
        """
        loop = asyncio.get_running_loop()
        silence = loop.call_later(self._patience, self._break_off)
        try:
            return await loop.run_in_executor(self._pool, work, self._ledger)
        finally:
            silence.cancel()

    async def with_models[T](self, work: Callable[[], T]) -> T:
        """For the rare act on a model's row, on Django's own connection of this thread."""

        def act(_: Ledger) -> T:
            self._django = connections[DEFAULT_DB_ALIAS]
            close_old_connections()
            return work()

        return await self.run(act)

    async def disconnect(self) -> None:
        """After a fault of the connection: the next work opens another."""
        await self.run(Ledger.close)

    async def close(self) -> None:
        await self.run(Ledger.close)
        await self.with_models(connections.close_all)
        self._pool.shutdown()

    def _break_off(self) -> None:
        _cut(self._ledger.opened)
        if self._django is not None:
            _cut(self._django.connection)


def _cut(connection: psycopg.Connection[Any] | None) -> None:
    """What waits for an answer, on another thread, is told that there will be none."""
    with suppress(OSError, psycopg.OperationalError):
        if connection is not None:
            with socket.socket(fileno=os.dup(connection.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
