"""Ctrl-C, SIGTERM and a closed terminal, turned into an orderly end."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def interrupted_once() -> Iterator[threading.Event]:
    """The first signal raises KeyboardInterrupt, so that with-blocks unwind in order.

    Later ones only set the event that is handed out: they must not break the unwinding.
    Works in the main thread alone.
    """
    hurry = threading.Event()
    interrupted = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            hurry.set()
            return
        interrupted = True
        raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield hurry
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
