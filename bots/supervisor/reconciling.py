"""Which connections to open and to close now: what there should be against what there is. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

# The app's ID at Slack and its app-level token.
type Key = tuple[str, str]

# Slack's own limit, all workspaces of an app together.
MOST_OF_AN_APP = 10
# Hundreds at the same instant would be slow for all of them.
MOST_AT_ONCE = 20


class Phase(StrEnum):
    OPENING = "opening"
    OPEN = "open"
    # Still listens, until another one has taken its place.
    LEAVING = "leaving"


@dataclass(frozen=True)
class Wanted:
    """A place that this process serves. Another `key` asks for another connection."""

    link: int
    app: int
    key: Key = field(repr=False)


@dataclass(frozen=True)
class Running:
    """A connection that lives."""

    number: int
    link: int
    app: int
    key: Key = field(repr=False)
    phase: Phase


@dataclass(frozen=True)
class Step:
    open: Sequence[Wanted] = ()
    close: Sequence[int] = ()


def reconcile(
    wanted: Iterable[Wanted],
    running: Sequence[Running],
    not_before: Mapping[int, float],
    now: float,
) -> Step:
    """The next step; `not_before` has the instants of the next tries by link, on the clock of now.

    A connection that leaves is closed once its successor is open, so that nothing falls between
    the two; earlier only where Slack's ten places leave no room for the successor.
    """
    places = {place.link: place for place in wanted}
    closing = [
        line for line in running if not _is_wanted(line, places) or _is_succeeded(line, running)
    ]
    staying = [line for line in running if line not in closing]
    counts = Counter(line.app for line in staying)
    opening: list[Wanted] = []
    for place in places.values():
        mine = [line for line in staying if line.link == place.link]
        if any(line.phase is not Phase.LEAVING for line in mine):
            continue
        if not_before.get(place.link, now) > now or len(opening) == MOST_AT_ONCE:
            continue
        if counts[place.app] >= MOST_OF_AN_APP:
            closing += mine[:1]
            continue
        counts[place.app] += 1
        opening.append(place)
    return Step(opening, [line.number for line in closing])


def _is_wanted(line: Running, places: Mapping[int, Wanted]) -> bool:
    place = places.get(line.link)
    return place is not None and place.key == line.key


def _is_succeeded(line: Running, running: Sequence[Running]) -> bool:
    return line.phase is Phase.LEAVING and any(
        other.link == line.link and other.phase is Phase.OPEN for other in running
    )
