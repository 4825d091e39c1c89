"""How much doubt holds a lane or the hub, and how it comes back: the rules as tables."""

import pytest

from broadcasts.sending.outage import RULES, Gate, LaneWatch, Outage, Window


def watch_after(answers: str, seconds_apart: float = 0.1) -> LaneWatch:
    """`.` is a clear answer, `?` a doubtful one."""
    watch = LaneWatch.start(RULES, 0.0)
    for number, answer in enumerate(answers):
        now = number * seconds_apart
        watch.doubtful(now) if answer == "?" else watch.clear(now)
    return watch


def make_outage() -> Outage:
    return Outage(RULES, Window(64, 512))


def opened() -> None:
    """Nobody's lanes."""


@pytest.mark.parametrize(
    ("answers", "is_shut"),
    [
        ("..........", False),
        ("..??..??..", True),
        ("??", False),
        ("???", True),
        ("." * 50 + "??.?", False),
        ("....?" * 10, True),
        (".........?" * 10, False),
    ],
    ids=["clear", "a share", "two", "three in a row", "a small share", "a fifth", "a tenth"],
)
def test_how_much_doubt_holds_a_lane(answers: str, is_shut: bool) -> None:
    assert watch_after(answers).gate.is_shut == is_shut


def test_old_doubts_are_forgotten() -> None:
    assert not watch_after("?.?......?", seconds_apart=20.0).gate.is_shut


def test_one_try_at_a_time_with_growing_waits() -> None:
    gate, now, waits = Gate(RULES), 0.0, []
    gate.shut(now)

    for _ in range(8):
        start = now
        while not gate.lets_pass(now):
            now += 0.5
        waits.append(now - start)
        gate.is_tried = True
        assert not gate.lets_pass(now)
        gate.failed(now)

    assert waits == [1, 2, 4, 8, 16, 32, 40, 40]


def test_a_try_that_never_left_is_made_again_soon() -> None:
    gate = Gate(RULES)
    gate.shut(0.0)
    for _ in range(8):
        gate.failed(0.0)
    gate.is_tried = True

    gate.again(100.0)

    assert gate.lets_pass(100.0 + RULES.first_wait)


def test_a_lane_taken_over_in_an_outage_tries_at_once() -> None:
    watch = LaneWatch.start(RULES, 100.0, in_outage=True)

    assert watch.gate.is_shut
    assert watch.gate.lets_pass(100.0)


def test_fifteen_in_a_row_of_five_lanes_hold_the_hub() -> None:
    outage = make_outage()

    for number in range(14):
        outage.doubtful(number % 5, 0.0)
    assert not outage.gate.is_shut

    outage.doubtful(4, 0.0)
    assert outage.gate.is_shut


def test_a_clear_answer_in_between_is_no_outage() -> None:
    outage = make_outage()

    for number in range(100):
        outage.doubtful(number % 5, 0.0)
        if number % 10 == 0:
            outage.clear(0.0)

    assert not outage.gate.is_shut


def test_one_lane_alone_never_holds_the_hub() -> None:
    outage = make_outage()

    for _ in range(100):
        outage.doubtful("a lane", 0.0)

    assert not outage.gate.is_shut


@pytest.mark.parametrize(
    ("lanes", "doubts", "is_shut"), [(5, 3, True), (4, 3, False), (5, 0, False)]
)
def test_lanes_held_by_others_count_for_a_sender_in_doubt(
    lanes: int, doubts: int, is_shut: bool
) -> None:
    outage = make_outage()
    outage.clear(0.0)
    for _ in range(doubts):
        outage.doubtful("a lane", 0.0)

    outage.lanes_held(lanes, 0.0)

    assert outage.gate.is_shut == is_shut


def test_a_new_sender_begins_with_one_try_where_lanes_are_held() -> None:
    outage = make_outage()

    outage.lanes_held(5, 100.0)

    assert outage.gate.is_shut
    assert outage.gate.lets_pass(100.0)


def test_a_clear_try_opens_everything() -> None:
    outage, told = make_outage(), []
    outage.gate.shut(0.0)

    outage.tried(1.0, is_clear=True, open_lanes=lambda: told.append(1))

    assert not outage.gate.is_shut
    assert told


def cut_off() -> Outage:
    outage = make_outage()
    for _ in range(3):
        outage.unconnected(0.0)
    return outage


def test_three_failing_connects_cut_the_sender_off() -> None:
    outage = cut_off()

    assert outage.is_cut_off
    assert outage.gate.is_shut


def test_an_answer_connects_it_again() -> None:
    outage = cut_off()

    outage.clear(0.0)
    outage.tried(1.0, is_clear=True, open_lanes=opened)

    assert not outage.is_cut_off
    assert not outage.gate.is_shut


def test_ten_minutes_of_silence_bring_few_tries() -> None:
    gate, now, tries = Gate(RULES), 0.0, 0
    gate.shut(now)

    while now < 600.0:
        if gate.lets_pass(now):
            tries += 1
            gate.failed(now)
        now += 0.1

    assert tries < 20
