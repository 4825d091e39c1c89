"""Foreign code that somebody waits for has so long, and then nobody waits for it any more."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread

from django.db import connections


def within[T](seconds: float, function: Callable[[], T]) -> T:
    """What the function returns, or raises.

    Raises:
        TimeoutError: it has not ended. Nobody can stop its thread.
    """
    future = begun(function)
    if not wait([future], seconds).done:
        raise TimeoutError(f"It has not ended within {seconds:g} s.")
    return future.result()


def begun[T](function: Callable[[], T]) -> Future[T]:
    """What it will return; it runs in a thread of its own, which no process waits for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        finally:
            connections.close_all()

    Thread(target=run, daemon=True, name="foreign").start()
    return future
