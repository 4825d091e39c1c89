"""New events of a web process, told to the workers: those of several requests in one message.

No request waits for it. What is not told, because the broker or this process is gone, is the
sweep's.
"""

import logging
import time
from threading import Lock, Thread

from kombu.exceptions import OperationalError

from bots.tasks import hand_on

logger = logging.getLogger(__name__)

# Between two messages; what comes meanwhile shares the next one.
REST_SECONDS = 0.02

_waiting: list[int] = []
_tellers: list[Thread] = []
_lock = Lock()


def tell(pk: int) -> None:
    """The workers are to hear of this committed event, at once or in a moment."""
    with _lock:
        _waiting.append(pk)
        # In a process that was forked the thread is dead.
        if not any(thread.is_alive() for thread in _tellers):
            # It is no daemon: an end of the process waits for it.
            _tellers[:] = [Thread(target=_tell_all, name="handing on")]
            _tellers[0].start()


def _tell_all() -> None:
    while pks := _taken():
        try:
            hand_on(pks)
        except OperationalError as error:
            logger.warning("%s events wait for the sweep: %s", len(pks), error)
        time.sleep(REST_SECONDS)


def _taken() -> list[int]:
    """What waits; with nothing, the thread ends."""
    with _lock:
        pks = _waiting[:]
        _waiting.clear()
        if not pks:
            _tellers.clear()
        return pks
