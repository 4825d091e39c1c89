"""How a run begins that is late, or whose forerunner still sends. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

type Begins = Literal["active", "held", "waiting", "cancelled"]


@dataclass(frozen=True)
class Entrance:
    """The first state of a run, and why, as a sentence; empty where all goes as planned."""

    state: Begins
    reason: str = ""


def entrance(
    at: datetime, now: datetime, *, late_after: timedelta, is_overlapping: bool, skips: bool
) -> Entrance:
    """For a run due at `at` that could begin `now`; `skips` rather than waits for an earlier one.

    Being late comes first: whoever is asked sees it before the run takes its place in the line.
    """
    if now - at > late_after:
        return Entrance(
            "held",
            f"Due at {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {in_words(now - at)} late: "
            "send it now, or cancel it.",
        )
    if is_overlapping and skips:
        return Entrance("cancelled", "Skipped: the run before it was still sending.")
    if is_overlapping:
        return Entrance("waiting", "Waits until the run before it is over.")
    return Entrance("active")


def in_words(span: timedelta) -> str:
    """Its two largest units: 3 d 4 h, 2 h 5 min, 40 min."""
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    parts = {"d": days, "h": hours} if days else {"h": hours, "min": minutes % 60}
    return " ".join(f"{n} {unit}" for unit, n in parts.items() if n) or "under a minute"
