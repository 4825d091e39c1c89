"""What the end of a connection means, and how long until the next try."""

from datetime import UTC, datetime

import pytest

from bots.supervisor.courses import Course
from bots.supervisor.endings import LOST, Ending, Why, pause, refused, said
from teams.answers import Ok, Refusal, read_answer

MIDDLE = 0.5


def refusal(status: int, error: str, **headers: str) -> Refusal:
    answer = read_answer(status, headers, {"ok": False, "error": error})
    assert not isinstance(answer, Ok)
    return answer


def test_b036_other_errors_are_tried_again_for_ever_at_most_a_minute_apart() -> None:
    waits = [pause(LOST, failures, MIDDLE) for failures in (1, 2, 3, 4, 5, 6, 7, 8, 1000)]

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_b036_what_fell_together_does_not_come_back_together() -> None:
    assert pause(LOST, 3, 0.0) == pytest.approx(3.2)
    assert pause(LOST, 3, 1.0) == pytest.approx(4.8)


def test_b035_slacks_own_wait_is_obeyed() -> None:
    ending = refused(refusal(429, "ratelimited", **{"Retry-After": "45"}))

    assert ending.why is Why.RATE_LIMITED
    assert pause(ending, 1, 0.0) == 45


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("refresh_requested", Why.REFRESH),
        ("warning", Why.REFRESH),
        ("link_disabled", Why.SWITCHED_OFF),
        ("too_many_websockets", Why.CROWDED),
        ("a_new_word", Why.LOST),
    ],
)
def test_slacks_reasons_are_told_apart(reason: str, why: Why) -> None:
    assert said(reason).why is why


def test_a_refreshed_line_is_followed_at_once_but_not_for_ever() -> None:
    refresh = said("refresh_requested")

    assert pause(refresh, 1, MIDDLE) == 0
    assert pause(refresh, 4, MIDDLE) == 8


@pytest.mark.parametrize(("reason", "wait"), [("warning", 0), ("nothing known", 2)])
def test_a_refresh_is_no_failure_however_soon_it_comes(reason: str, wait: float) -> None:
    course, at = Course(), datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2):
        course.end(said(reason), lived=2.0, jitter=MIDDLE, now=100.0, at=at)

    assert course.not_before == 100.0 + wait


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("invalid_auth", "app-level token"),
        ("missing_scope", "connections:write"),
        ("not_authed", "has no app-level token"),
        ("forbidden_team", "switched off"),
        ("internal_error", "failed on its side"),
        ("a_new_word", "a_new_word"),
    ],
)
def test_a_refusal_is_a_sentence(error: str, word: str) -> None:
    ending: Ending = refused(refusal(200, error))

    assert word in ending.sentence
