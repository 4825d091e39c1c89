"""Several broadcasts in one lane take turns; posts without a run pass."""

from collections import Counter
from datetime import UTC, datetime
from itertools import count

from broadcasts.sending.rows import Due, Ready
from broadcasts.sending.turns import MOST_BEFORE, Turns

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LUNCH, NEWS = 1, 2
_numbers = count(1)


def make_rows(run: int | None, how_many: int, slack_id: str = "U1") -> list[Ready]:
    return [
        Ready(Due(next(_numbers), 0, NOW, 1, run, None, slack_id, "", None, {}), b"{}")
        for _ in range(how_many)
    ]


def fill(turns: Turns, **runs: int) -> None:
    for name, how_many in runs.items():
        run = {"lunch": LUNCH, "news": NEWS}.get(name)
        turns.add(run, make_rows(run, how_many))


def take(turns: Turns, how_many: int, **weights: int) -> list[int | None]:
    shares = {LUNCH: weights.get("lunch", 3), NEWS: weights.get("news", 3)}
    taken = [turns.next(shares, lambda _: True) for _ in range(how_many)]
    return [ready.due.run for ready in taken if ready]


def test_the_oldest_of_a_run_goes_first() -> None:
    turns, rows = Turns(), make_rows(LUNCH, 3)
    turns.add(LUNCH, rows)

    taken = [turns.next({LUNCH: 3}, lambda _: True) for _ in rows]

    assert taken == rows


def test_equal_broadcasts_share_evenly() -> None:
    turns = Turns()
    fill(turns, lunch=50, news=50)

    assert Counter(take(turns, 60)) == {LUNCH: 30, NEWS: 30}


def test_a_high_priority_gets_more_and_the_low_one_is_not_forgotten() -> None:
    turns = Turns()
    fill(turns, lunch=50, news=50)

    taken = take(turns, 50, lunch=1, news=9)

    assert Counter(taken) == {LUNCH: 5, NEWS: 45}
    assert LUNCH in taken[:10]


def test_a_run_alone_gets_everything() -> None:
    turns = Turns()
    fill(turns, lunch=5)

    assert take(turns, 10, lunch=1) == [LUNCH] * 5


def test_posts_without_a_run_pass() -> None:
    turns = Turns()
    fill(turns, lunch=3, reply=2)

    assert take(turns, 5) == [None, None, LUNCH, LUNCH, LUNCH]


def test_many_of_them_do_not_starve_a_broadcast() -> None:
    turns = Turns()
    fill(turns, lunch=2, reply=50)

    taken = take(turns, 2 * (MOST_BEFORE + 1))

    assert taken == 2 * ([None] * MOST_BEFORE + [LUNCH])
    assert take(turns, 3) == [None] * 3


def test_a_row_that_may_not_go_lets_the_next_pass_and_keeps_its_place() -> None:
    turns = Turns()
    busy, free = make_rows(LUNCH, 1, "C1"), make_rows(LUNCH, 1, "C2")
    turns.add(LUNCH, [*busy, *free])

    assert turns.next({LUNCH: 3}, lambda ready: ready.due.slack_id != "C1") is free[0]
    assert turns.next({LUNCH: 3}, lambda ready: ready.due.slack_id != "C1") is None
    assert turns.next({LUNCH: 3}, lambda _: True) is busy[0]


def test_rows_of_a_run_that_ended_are_dropped() -> None:
    turns = Turns()
    fill(turns, lunch=2, news=2, reply=1)

    turns.keep({NEWS: 3})

    assert take(turns, 9) == [None, NEWS, NEWS]
    assert (len(turns), turns.of(LUNCH)) == (0, 0)
