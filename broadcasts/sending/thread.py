"""The one thread on which a sender talks to PostgreSQL, so that one transaction is in flight."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connections

from broadcasts.sending.ledger import Ledger


class LedgerThread:
    """Awaits, on the event loop, what runs on the thread."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def run[T](self, work: Callable[[Ledger], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, self._ledger)

    async def with_models[T](self, work: Callable[[], T]) -> T:
        """For the rare act on a model's row, on Django's own connection of this thread."""

        def act(_: Ledger) -> T:
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
