"""What every way to Slack agrees on: the ends that a request can have, and how long it may take."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

# How many requests one process can have under way.
CONNECTIONS = 768


def boottime() -> float:
    """Seconds on a clock that also runs while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, but for the longest answer, which is in bytes as they travel."""

    connect: float = 5.0
    # A connection idle for longer may already be closed at the other end: a request written into
    # it would have an unknown end.
    idle: float = 5.0
    # Slack's addresses change: a connection is not kept for ever.
    age: float = 300.0
    # The lane does not wait that long for its next slot, but a late answer saves an unknown.
    answer: float = 60.0
    longest: int = 1 << 20


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; of its headers those that somebody reads, named in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class TooLate:
    """The deadline passed before the first byte was written: nothing happened."""


class NotWritten(Exception):
    """No byte of the request was written; the text says why."""


class Unanswered(Exception):
    """The request began to leave and no answer came back; the text says why."""


type End = Reply | TooLate | NotWritten | Unanswered
type OnEnd = Callable[[End], None]


class Line(Protocol):
    """A way to one host. Made, used and closed on one event loop."""

    def send(self, method: str, body: bytes, *, token: str, deadline: float, on_end: OnEnd) -> None:
        """POST once, not after `deadline` (boottime); `on_end` is called once, perhaps at once."""

    def reserve(self, total: int) -> int:
        """How many requests could be under way at once now; more are made possible up to total."""

    async def close(self) -> None:
        """Every request still under way is Unanswered."""
