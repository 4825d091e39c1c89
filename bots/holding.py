"""Events whose listeners run stay in this process's hands, so that no sweep hands them on.

One thread tells the database of all of them. It lives only while there are any.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock, Thread

from django.db import connections
from django.utils import timezone

from bots.models import DATABASE_AWAY, InboxEvent
from broadcasts.clock import database_now

logger = logging.getLogger(__name__)

# Well below TAKEN_FOR, after which whoever holds an event is taken for dead.
BEAT_SECONDS = 15.0
# Nobody can stop a thread; but nobody waits for it any more.
LONGEST = timedelta(minutes=10)
ENDLESS = "Its listener has run for more than ten minutes."


@dataclass(eq=False)
class _Held:
    event: InboxEvent
    since: float = field(default_factory=time.monotonic)


_held: set[_Held] = set()
_keepers: list[Thread] = []
_lock = Lock()


@contextmanager
def held(event: InboxEvent) -> Iterator[None]:
    """Around the listeners of an event that this process has taken."""
    mine = _Held(event)
    with _lock:
        _held.add(mine)
        # In a process that was forked the thread is dead.
        if not any(thread.is_alive() for thread in _keepers):
            _keepers[:] = [Thread(target=_keep, daemon=True, name="holding")]
            _keepers[0].start()
    try:
        yield
    finally:
        with _lock:
            _held.discard(mine)


def renew() -> None:
    """Say that all of them are still worked on, and give up what takes too long."""
    with _lock:
        now_held = list(_held)
    for each in now_held:
        if time.monotonic() - each.since > LONGEST.total_seconds():
            each.event.failed(ENDLESS, timezone.now())
        else:
            each.event.renew(database_now())


def _keep() -> None:
    while _has_any():
        time.sleep(BEAT_SECONDS)
        try:
            renew()
        except DATABASE_AWAY as error:
            logger.warning("Events in hand are not renewed: %s", error)
        finally:
            connections.close_all()


def _has_any() -> bool:
    with _lock:
        if not _held:
            _keepers.clear()
        return bool(_held)
