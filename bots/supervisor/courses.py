"""How one place for a connection has fared, and when it is tried again. Pure."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bots.supervisor.endings import PROVEN_SECONDS, REFRESHED_SECONDS, Ending, Why, pause

KEPT_RESTARTS = 10
MINUTE = 60.0


@dataclass
class Course:
    """`not_before` is of a monotonic clock; the other instants are for people."""

    failures: int = 0
    not_before: float = 0.0
    last: Ending | None = None
    ended_at: datetime | None = None
    retry_at: datetime | None = None
    restart_count: int = 0
    # The newest first.
    restarts: deque[tuple[datetime, str]] = field(
        default_factory=lambda: deque(maxlen=KEPT_RESTARTS)
    )

    def end(self, ending: Ending, *, lived: float, jitter: float, now: float, at: datetime) -> None:
        """A connection ended that had been open for so many seconds (0: it never opened)."""
        proven = REFRESHED_SECONDS if ending.why is Why.REFRESH else PROVEN_SECONDS
        self.failures = 1 if lived >= proven else self.failures + 1
        wait = pause(ending, self.failures, jitter)
        self.not_before, self.retry_at = now + wait, at + timedelta(seconds=wait)
        self.last, self.ended_at = ending, at
        self.restart_count += 1
        self.restarts.appendleft((at, ending.sentence))

    def wait_for(self, other: "Course") -> None:
        """Slack has asked the app to wait, and so all of its connections."""
        if other.not_before > self.not_before:
            self.not_before, self.retry_at = other.not_before, other.retry_at


class Meter:
    """How many events came in the last minute, and when the last one did."""

    def __init__(self) -> None:
        self.last_at: datetime | None = None
        self._instants: deque[float] = deque()

    def count(self, now: float, at: datetime) -> None:
        self.last_at = at
        self._instants.append(now)

    def per_minute(self, now: float) -> int:
        while self._instants and self._instants[0] < now - MINUTE:
            self._instants.popleft()
        return len(self._instants)
