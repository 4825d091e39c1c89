"""How a run begins, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcasts.entrance import entrance, in_words

AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("late", "is_overlapping", "skips", "state"),
    [
        (MOMENT, False, False, "active"),
        (HOUR, False, False, "active"),
        (HOUR + MOMENT, False, False, "held"),
        (HOUR + MOMENT, True, True, "held"),
        (MOMENT, True, False, "waiting"),
        (MOMENT, True, True, "cancelled"),
        (MOMENT, False, True, "active"),
    ],
)
def test_a_run_begins(late: timedelta, is_overlapping: bool, skips: bool, state: str) -> None:
    begins = entrance(AT, AT + late, late_after=HOUR, is_overlapping=is_overlapping, skips=skips)

    assert begins.state == state
    assert bool(begins.reason) == (state != "active")


def test_a_late_run_says_how_late_it_is() -> None:
    begins = entrance(
        AT, AT + timedelta(hours=2, minutes=5), late_after=HOUR, is_overlapping=False, skips=False
    )

    assert (
        begins.reason == "Due at 2026-11-20 10:30 UTC, 2 h 5 min late: send it now, or cancel it."
    )


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "under a minute"),
        (40, "40 min"),
        (60, "1 h"),
        (1441, "1 d"),
        (3 * 1440 + 250, "3 d 4 h"),
    ],
)
def test_a_span_in_words(minutes: int, words: str) -> None:
    assert in_words(timedelta(minutes=minutes)) == words
