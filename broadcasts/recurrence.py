"""When a schedule is due. Pure; docs/decisions/0003-schedules.md gives the reasons.

A fixed local hour fires once on each of its local days: at the next minute that exists when clocks
skip it, the first time when they show it twice. A schedule of every hour follows real hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab_parser

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
# The longest a crontab can rest: Feb 29 on one weekday, across a century's missing leap day.
_LONGEST_REST = 40 * 366


@dataclass(frozen=True)
class Crontab:
    """Celery's five fields, read in the zone of that name. Both fields of days must match."""

    minute: str
    hour: str
    day_of_month: str
    month_of_year: str
    day_of_week: str
    zone: str

    def check(self) -> None:
        """Raises ValueError with a sentence when a field cannot be read."""
        _fields(self)


@dataclass(frozen=True)
class Once:
    """A single instant."""

    at: datetime


type Spec = Crontab | Once


@dataclass(frozen=True)
class _Fields:
    times: tuple[tuple[int, int], ...]
    follows_real_hours: bool
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    zone: ZoneInfo

    def has(self, day: date) -> bool:
        return (
            day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 in self.weekdays
        )


def last_instant(spec: Spec, after: datetime, until: datetime) -> datetime | None:
    """The latest due instant in (after, until], in UTC."""
    if isinstance(spec, Once):
        return spec.at.astimezone(UTC) if after < spec.at <= until else None
    zone = _fields(spec).zone
    first, day = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    while day >= first:
        due = [instant for instant in _instants_on(spec, day) if after < instant <= until]
        if due:
            return due[-1]
        day -= _DAY
    return None


def next_instants(spec: Spec, after: datetime, n: int) -> list[datetime]:
    """The first n due instants after that time, in UTC; fewer when there are no more."""
    if isinstance(spec, Once):
        return [spec.at.astimezone(UTC)][:n] if spec.at > after else []
    return list(islice(_instants_after(spec, after), n))


def _instants_after(spec: Crontab, after: datetime) -> Iterator[datetime]:
    day = after.astimezone(_fields(spec).zone).date() - _DAY
    last = after
    for _ in range(_LONGEST_REST):
        for instant in _instants_on(spec, day):
            # A day's skipped midnight may become the next day's first minute: never twice.
            if instant > last:
                last = instant
                yield instant
        day += _DAY


@lru_cache(maxsize=4_096)
def _instants_on(spec: Crontab, day: date) -> tuple[datetime, ...]:
    fields = _fields(spec)
    if not fields.has(day):
        return ()
    found = set()
    for hour, minute in fields.times:
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=fields.zone)
        if not fields.follows_real_hours:
            found.add(_first_valid(local))
        elif _exists(local):
            found.update((local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)))
    return tuple(sorted(found))


def _first_valid(local: datetime) -> datetime:
    while not _exists(local):
        local += _MINUTE
    return local.astimezone(UTC)


def _exists(local: datetime) -> bool:
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


@lru_cache(maxsize=4_096)
def _fields(spec: Crontab) -> _Fields:
    minutes = _numbers("minute", spec.minute, crontab_parser(60))
    hours = _numbers("hour", spec.hour, crontab_parser(24))
    return _Fields(
        times=tuple((hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
        follows_real_hours=len(hours) == 24,
        days=_numbers("day of month", spec.day_of_month, crontab_parser(31, 1)),
        months=_numbers("month", spec.month_of_year, crontab_parser(12, 1)),
        # Sunday is 0, and 7 for those who write it so.
        weekdays=frozenset(
            day % 7 for day in _numbers("day of week", spec.day_of_week, crontab_parser(8))
        ),
        zone=_zone(spec.zone),
    )


def _numbers(name: str, text: str, parser: crontab_parser) -> frozenset[int]:
    try:
        return frozenset(parser.parse(text.replace(" ", "")))
    except (ParseException, ValueError, IndexError) as error:
        raise ValueError(f"The {name} {text!r} cannot be read.") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"There is no time zone {name!r}.") from error
