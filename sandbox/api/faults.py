"""Faults on demand: what can go wrong between a client and Slack, for a share of the calls."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What happens to a call that a fault hits. Only two kinds still carry the call out."""

    LATENCY = "latency"
    """Carried out; the answer comes late."""
    ACCEPT_THEN_DROP = "accept_then_drop"
    """Carried out; the connection closes without an answer."""
    HTTP_500 = "http_500"
    HTTP_503 = "http_503"
    NOT_JSON = "not_json"
    """HTTP 200 with a page of HTML."""
    STORM_429 = "storm_429"
    HANG = "hang"
    """Not carried out and never answered, until the faults are cleared."""
    ERROR = "error"
    """HTTP 200 with the Slack error that the fault names."""


@dataclass(slots=True)
class Fault:
    """`rate` is a share of the matching calls, `count` how many are hit at most."""

    kind: FaultKind
    team_id: str | None = None
    methods: list[str] | None = None
    rate: float = 1.0
    count: int | None = None
    until: float | None = None
    error: str = "internal_error"
    retry_after: int = 1
    shortest: float = 0.0
    longest: float = 0.0

    def hits(self, team_id: str, method: str) -> bool:
        if self.team_id not in (None, team_id):
            return False
        if self.methods is not None and method not in self.methods:
            return False
        if self.count == 0 or (self.until is not None and time.monotonic() > self.until):
            return False
        if random.random() >= self.rate:
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def delay(self) -> float:
        """Seconds of latency, drawn evenly between the two ends."""
        return random.uniform(self.shortest, self.longest)


@dataclass(frozen=True, slots=True)
class Hit:
    """What the faults in force do to one call: `kind` is None when it is only late."""

    kind: FaultKind | None
    delay: float
    fault: Fault


@dataclass(slots=True)
class Faults:
    """The faults in force, oldest first. Latencies add up; of the others the first hit decides."""

    active: list[Fault] = field(default_factory=list)
    cleared: asyncio.Event = field(default_factory=asyncio.Event)

    def hit(self, team_id: str, method: str) -> Hit | None:
        delay, late, decisive = 0.0, None, None
        for fault in self.active:
            if fault.kind is FaultKind.LATENCY:
                if fault.hits(team_id, method):
                    delay, late = delay + fault.delay(), fault
            elif decisive is None and fault.hits(team_id, method):
                decisive = fault
        if decisive:
            return Hit(decisive.kind, delay, decisive)
        return Hit(None, delay, late) if late else None

    def clear(self) -> None:
        """End all faults and let hung calls go."""
        self.active.clear()
        self.cleared.set()
        self.cleared = asyncio.Event()
