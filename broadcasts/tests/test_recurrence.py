"""When a crontab is due, over the days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from broadcasts.recurrence import Crontab, Once, Spec, last_instant, next_instants


def crontab(fields: str, zone: str = "UTC") -> Crontab:
    minute, hour, day_of_month, month, day_of_week = fields.split()
    return Crontab(minute, hour, day_of_month, month, day_of_week, zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# minute hour day-of-month month day-of-week; then UTC instants from the given day on.
TABLE = [
    # 02:30 does not exist on the day clocks go forward: 03:00, the next minute that does.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28",
        ["03-28 01:30", "03-29 01:00", "03-30 00:30"],
    ),
    (
        "30 2 * * *",
        "America/New_York",
        "2026-03-07",
        ["03-07 07:30", "03-08 07:00", "03-09 06:30"],
    ),
    (
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-02",
        ["10-02 15:45", "10-03 15:30", "10-04 15:15"],
    ),
    (
        "30 2 * * *",
        "Africa/Casablanca",
        "2026-03-21",
        ["03-21 02:30", "03-22 02:00", "03-23 01:30"],
    ),
    # 02:30 comes twice on the day they go back: the first.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24",
        ["10-24 00:30", "10-25 00:30", "10-26 01:30"],
    ),
    (
        "30 1 * * *",
        "America/New_York",
        "2026-10-31",
        ["10-31 05:30", "11-01 05:30", "11-02 06:30"],
    ),
    (
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-03",
        ["04-03 14:45", "04-04 14:45", "04-05 15:15"],
    ),
    (
        "30 2 * * *",
        "Africa/Casablanca",
        "2026-02-14",
        ["02-14 01:30", "02-15 01:30", "02-16 02:30"],
    ),
    # Several times inside the gap become one; the hour after it is not fired a second time.
    (
        "0,30 2,3 * * *",
        "Europe/Berlin",
        "2026-03-29",
        ["03-29 01:00", "03-29 01:30", "03-30 00:00"],
    ),
    # Midnight itself is skipped.
    ("0 0 * * *", "Africa/Cairo", "2026-04-23", ["04-23 22:00", "04-24 21:00", "04-25 21:00"]),
    # Every hour: real hours, none lost, none doubled.
    ("30 * * * *", "Europe/Berlin", "2026-03-29", ["03-29 00:30", "03-29 01:30", "03-29 02:30"]),
    ("30 * * * *", "Europe/Berlin", "2026-10-25", ["10-25 00:30", "10-25 01:30", "10-25 02:30"]),
    ("0 0-23 * * *", "Asia/Kolkata", "2026-10-25", ["10-25 00:30", "10-25 01:30", "10-25 02:30"]),
    # Rare days; both fields of days must match, as Celery has it.
    ("0 9 29 2 *", "UTC", "2096-01-01", ["2096-02-29 09:00", "2104-02-29 09:00"]),
    ("0 9 13 * 5", "UTC", "2026-01-01", ["2026-02-13 09:00", "2026-03-13 09:00"]),
    ("0 9 * * fri-mon", "UTC", "2026-11-19", ["11-20 09:00", "11-21 09:00", "11-22 09:00"]),
    ("0 9 * * 7", "UTC", "2026-11-19", ["2026-11-22 09:00", "2026-11-29 09:00"]),
    ("*/20 8 1 1,7 *", "UTC", "2026-06-01", ["07-01 08:00", "07-01 08:20", "07-01 08:40"]),
]


@pytest.mark.parametrize(("fields", "zone", "start", "expected"), TABLE)
def test_next_instants(fields: str, zone: str, start: str, expected: list[str]) -> None:
    spec = crontab(fields, zone)
    wanted = [utc(text if text[4] == "-" else f"{start[:4]}-{text}") for text in expected]

    assert next_instants(spec, utc(start), len(wanted)) == wanted


@pytest.mark.parametrize(("fields", "zone", "start", "expected"), TABLE)
def test_last_instant_finds_the_same_ones(
    fields: str, zone: str, start: str, expected: list[str]
) -> None:
    spec = crontab(fields, zone)
    instants = next_instants(spec, utc(start), len(expected))

    for before, instant in zip([utc(start), *instants], instants, strict=False):
        assert last_instant(spec, before, instant) == instant
        assert last_instant(spec, before, instant - timedelta(seconds=1)) is None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_half_past_eleven_on_weekdays_for_a_year(zone: str) -> None:
    spec = crontab("30 11 * * 1-5", zone)

    instants = next_instants(spec, utc("2026-01-01"), 261)

    local = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    assert {(at.hour, at.minute) for at in local} == {(11, 30)}
    assert {at.isoweekday() for at in local} == {1, 2, 3, 4, 5}
    assert len({at.date() for at in local}) == 261


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
)
@pytest.mark.parametrize("hour", [0, 1, 2, 3])
def test_a_fixed_hour_fires_once_on_every_day_of_two_years(zone: str, hour: int) -> None:
    instants = next_instants(crontab(f"30 {hour} * * *", zone), utc("2026-01-01"), 730)

    assert len({at.astimezone(ZoneInfo(zone)).date() for at in instants}) == 730


def test_the_start_of_the_interval_is_not_in_it() -> None:
    spec = crontab("0 9 * * *")

    assert last_instant(spec, utc("2026-01-01 09:00"), utc("2026-01-02 08:59")) is None
    assert last_instant(spec, utc("2026-01-01 09:00"), utc("2026-01-02 09:00")) == utc(
        "2026-01-02 09:00"
    )


def test_of_a_long_outage_the_last_one_counts() -> None:
    spec = crontab("0 9 1 * *")

    assert last_instant(spec, utc("2016-01-01"), utc("2026-01-31")) == utc("2026-01-01 09:00")


def test_a_day_that_never_comes_has_no_instants() -> None:
    assert next_instants(crontab("0 9 31 2 *"), utc("2026-01-01"), 1) == []


def test_a_single_time_is_due_once() -> None:
    at = utc("2026-01-01 09:00")
    spec: Spec = Once(at)

    assert next_instants(spec, at - timedelta(hours=1), 5) == [at]
    assert next_instants(spec, at, 5) == []
    assert last_instant(spec, at - timedelta(hours=1), at) == at
    assert last_instant(spec, at, at + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("fields", "zone", "sentence"),
    [
        ("61 9 * * *", "UTC", "The minute '61' cannot be read."),
        ("0 9-x * * *", "UTC", "The hour '9-x' cannot be read."),
        ("0 9 0 * *", "UTC", "The day of month '0' cannot be read."),
        ("0 9 * * someday", "UTC", "The day of week 'someday' cannot be read."),
        ("*/0 9 * * *", "UTC", r"The minute '\*/0' cannot be read."),
        ("0 9 * * *", "Europe/Atlantis", "There is no time zone 'Europe/Atlantis'."),
        ("0 9 * * *", "../etc/passwd", "There is no time zone"),
    ],
)
def test_what_cannot_be_read_is_said(fields: str, zone: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        crontab(fields, zone).check()
