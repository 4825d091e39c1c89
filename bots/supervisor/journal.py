"""How the links of this process fare: what decides about the next try, and what people see."""

import logging
import random
import time
from collections.abc import Collection, Mapping, Sequence

from django.utils import timezone

from bots.supervisor.courses import Course, Meter
from bots.supervisor.endings import Ending, Why
from bots.supervisor.leases import News
from bots.supervisor.line import Line
from bots.supervisor.reconciling import Phase, Wanted
from bots.supervisor.rows import Link

logger = logging.getLogger(__name__)

# Seconds between two tellings of mere numbers.
NUMBERS_SECONDS = 5.0

_PAUSED = {Why.SWITCHED_OFF: Link.State.SWITCHED_OFF, Why.CROWDED: Link.State.CROWDED}


class Journal:
    def __init__(self) -> None:
        self._places: Mapping[int, Wanted] = {}
        self._courses: dict[int, Course] = {}
        self._meters: dict[int, Meter] = {}
        self._told: dict[int, tuple[News, float]] = {}
        self._told_restarts: dict[int, int] = {}

    @property
    def not_before(self) -> dict[int, float]:
        """The instants of the next tries, by link, on the monotonic clock."""
        return {link: course.not_before for link, course in self._courses.items()}

    def meter(self, link: int) -> Meter:
        return self._meters.setdefault(link, Meter())

    def keep(self, places: Mapping[int, Wanted]) -> None:
        """These are this process's links now; whoever has a new key begins anew."""
        for link in list(self._courses):
            place = places.get(link)
            if place is None or place != self._places.get(link, place):
                del self._courses[link]
                self._told_restarts.pop(link, None)
        for link in set(self._meters) | set(self._told):
            if link not in places:
                self._meters.pop(link, None)
                self._told.pop(link, None)
        self._places = places

    def note(self, line: Line, ending: Ending) -> None:
        """A line has ended, or is about to."""
        if ending.why is Why.ENDED:
            return
        course = self._courses.setdefault(line.place.link, Course())
        now = time.monotonic()
        course.end(ending, lived=line.lived, jitter=random.random(), now=now, at=timezone.now())
        wait = max(0.0, course.not_before - now)
        app_id, _ = line.place.key
        level = logging.INFO if ending.why is Why.REFRESH else logging.WARNING
        logger.log(level, "App %s: %s Next try in %.1f s.", app_id, ending.sentence, wait)
        if ending.why is Why.RATE_LIMITED:
            for link, place in self._places.items():
                if place.app == line.place.app:
                    self._courses.setdefault(link, Course()).wait_for(course)

    def news(self, links: Collection[int], lines: Sequence[Line], now: float) -> list[News]:
        """What is new about these links: a change of state at once, numbers now and then."""
        by_link = {line.place.link: line for line in sorted(lines, key=_rank)}
        news = [self._news_of(link, by_link.get(link), now) for link in sorted(links)]
        return [one for one in news if self._is_worth_telling(one, now)]

    def told(self, news: Sequence[News], now: float) -> None:
        for one in news:
            self._told[one.id] = one, now
            count = self._told_restarts.get(one.id, 0)
            self._told_restarts[one.id] = count + one.more

    def _is_worth_telling(self, one: News, now: float) -> bool:
        before, at = self._told.get(one.id, (None, 0.0))
        if before is None or one.more or one.standing != before.standing:
            return True
        return one.numbers != before.numbers and now - at >= NUMBERS_SECONDS

    def _news_of(self, link: int, line: Line | None, now: float) -> News:
        course, meter = self._courses.get(link, Course()), self.meter(link)
        more = course.restart_count - self._told_restarts.get(link, 0)
        restarts = [(at.isoformat(), why) for at, why in list(course.restarts)[:more]]
        state, since = Link.State.OPENING, timezone.now()
        if line is not None:
            is_open = line.phase is not Phase.OPENING
            state, since = (Link.State.OPEN if is_open else Link.State.OPENING), line.since
        elif course.last is not None and course.ended_at is not None:
            state = _PAUSED.get(course.last.why, Link.State.WAITING)
            since = course.ended_at
        return News(
            id=link,
            state=state,
            since=since,
            reason=course.last.sentence if course.last is not None else "",
            retry_at=None if line is not None else course.retry_at,
            last_event_at=meter.last_at,
            per_minute=meter.per_minute(now),
            more=more,
            restarts=tuple(restarts),
        )


def _rank(line: Line) -> int:
    """The line that speaks best for its link comes last."""
    return (Phase.OPENING, Phase.LEAVING, Phase.OPEN).index(line.phase)
