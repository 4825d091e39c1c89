"""What run_bots opens and closes next."""

import pytest

from bots.supervisor.reconciling import MOST_AT_ONCE, Phase, Running, Step, Wanted, reconcile

KEY, OTHER_KEY = ("A1", "xapp-1"), ("A1", "xapp-2")
NOW = 100.0


def wanted(link: int = 1, *, app: int = 1, key: tuple[str, str] = KEY) -> Wanted:
    return Wanted(link, app, key)


def line(number: int, phase: Phase = Phase.OPEN, *, link: int = 1, app: int = 1) -> Running:
    return Running(number, link, app, KEY, phase)


def test_what_is_wanted_and_not_there_is_opened() -> None:
    assert reconcile([wanted()], [], {}, NOW) == Step([wanted()], [])


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.OPEN])
def test_b032_what_is_there_is_left_alone(phase: Phase) -> None:
    assert reconcile([wanted()], [line(1, phase)], {}, NOW) == Step([], [])


def test_what_is_not_wanted_is_closed() -> None:
    assert reconcile([], [line(1)], {}, NOW) == Step([], [1])


def test_another_token_asks_for_another_connection() -> None:
    renewed = wanted(key=OTHER_KEY)

    assert reconcile([renewed], [line(1)], {}, NOW) == Step([renewed], [1])


def test_a_failure_is_waited_for() -> None:
    assert reconcile([wanted()], [], {1: NOW + 0.1}, NOW) == Step([], [])
    assert reconcile([wanted()], [], {1: NOW}, NOW) == Step([wanted()], [])


def test_the_failure_of_one_app_keeps_no_other_waiting() -> None:
    other = wanted(2, app=2)

    assert reconcile([wanted(), other], [], {1: NOW + 60}, NOW) == Step([other], [])


def test_a_line_that_leaves_stays_until_the_next_one_is_open() -> None:
    leaving = line(1, Phase.LEAVING)

    assert reconcile([wanted()], [leaving], {}, NOW) == Step([wanted()], [])
    assert reconcile([wanted()], [leaving, line(2, Phase.OPENING)], {}, NOW) == Step([], [])
    assert reconcile([wanted()], [leaving, line(2)], {}, NOW) == Step([], [1])


def test_with_ten_connections_the_one_that_leaves_makes_room() -> None:
    places = [wanted(link) for link in range(1, 11)]
    lines = [line(1, Phase.LEAVING), *(line(n, link=n) for n in range(2, 11))]

    assert reconcile(places, lines, {}, NOW) == Step([], [1])
    assert reconcile(places, lines[1:], {}, NOW) == Step([places[0]], [])


def test_hundreds_are_opened_one_after_the_other() -> None:
    places = [wanted(n, app=n) for n in range(100)]

    assert len(reconcile(places, [], {}, NOW).open) == MOST_AT_ONCE
