"""The event loop, connection pool and Redis client of a process's senders; they outlive a task."""

import asyncio
import os
import socket
import threading
from typing import Any
from uuid import UUID

from celery.signals import worker_shutdown, worker_shutting_down
from django.conf import settings
from redis.asyncio import Redis

from broadcasts.sending.leases import Leases, SenderId
from broadcasts.sending.pacing import Pacer
from broadcasts.sending.rules import RULES, SenderRules
from broadcasts.sending.sender import Sender
from teams.daemons import new_event_loop, spare_collector
from teams.poster import Poster


class Runtime:
    """One loop on a thread of its own, for as long as the process lives."""

    def __init__(self, rules: SenderRules = RULES) -> None:
        self._rules = rules
        self._loop = new_event_loop()
        self._senders: set[Sender] = set()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="senders", daemon=True)
        self._thread.start()
        self._poster, self._redis = self._call(self._open())

    def run_sender(self, sender_id: UUID) -> None:
        """Serve lanes until there is nothing to do, or the process is told to stop."""
        self._call(self._run(sender_id))

    def stop(self) -> None:
        """End the senders at work, and let none begin that was fetched and still waits."""
        self._stopping = True
        for sender in list(self._senders):
            self._loop.call_soon_threadsafe(sender.stop)

    def close(self) -> None:
        """Close the pool and end the loop; for processes that go on, such as the tests'."""
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> tuple[Poster, Redis]:
        return Poster(settings.SLACK_URL), Redis.from_url(settings.REDIS_URL)

    async def _close(self) -> None:
        await self._poster.close()
        await self._redis.aclose()

    async def _run(self, sender_id: UUID) -> None:
        name = SenderId(sender_id, socket.gethostname(), os.getpid())
        leases = Leases(name, settings.LANES_PER_SENDER, settings.CHANNEL_INTERVAL)
        sender = Sender(leases, self._poster, Pacer(self._redis), rules=self._rules)
        self._senders.add(sender)
        if self._stopping:
            sender.stop()
        try:
            await sender.run()
        finally:
            self._senders.discard(sender)

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


_runtime: Runtime | None = None
_lock = threading.Lock()


def runtime() -> Runtime:
    """This process's runtime, made at the first call."""
    global _runtime
    with _lock:
        if _runtime is None:
            _runtime = Runtime()
            spare_collector()
        return _runtime


@worker_shutting_down.connect
def _stop_senders(**_: Any) -> None:
    """SIGTERM: the worker waits for its tasks, and the senders must know that they are to end."""
    if _runtime is not None:
        _runtime.stop()


@worker_shutdown.connect
def _close(**_: Any) -> None:
    """The tasks are over: leave no connection to Slack behind."""
    if _runtime is not None:
        _runtime.close()
