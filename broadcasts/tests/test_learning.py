"""The rate of a lane: how it starts, rises, is cut, and what it remembers."""

import pytest

from broadcasts.sending.learning import RULES, Memory, Pace

CEILING = 525.0


def make_pace(rate: float = 300.0, ceiling: float = CEILING) -> Pace:
    return Pace.start(Memory(rate, ceiling), now=0.0)


def post(pace: Pace, start: float, seconds: float) -> float:
    """Posts at full pace, all accepted; the time after the last."""
    now = start
    while now < start + seconds:
        pace.accepted(now)
        now += 60.0 / pace.rate
    return now


@pytest.mark.parametrize(
    ("memory", "rate"),
    [
        (Memory(60.0, CEILING), 60.0),
        (Memory(300.0, CEILING, age=3600.0), 285.0),
        (Memory(300.0, CEILING, age=5.0), 300.0),
        (Memory(600.0, CEILING, age=3600.0), CEILING),
        (Memory(285.0, 285.0), 285.0),
        (Memory(300.0, CEILING, age=5.0, bad_rate=300.0, bad_seconds=60.0), 294.0),
        (Memory(300.0, CEILING, age=5.0, bad_rate=300.0, bad_seconds=0.0), 300.0),
        (Memory(20.0, CEILING, age=3600.0), 60.0),
        (Memory(60.0, 30.0), 30.0),
    ],
    ids=[
        "nothing learned",
        "a little below what is remembered",
        "as another sender left it",
        "never above the ceiling",
        "preset",
        "below what is known to be bad",
        "what was bad a day ago is tried again",
        "no slower than one a second",
        "unless the ceiling is",
    ],
)
def test_the_start(memory: Memory, rate: float) -> None:
    assert Pace.start(memory, now=0.0).rate == pytest.approx(rate)


def test_it_rises_evenly_at_full_pace() -> None:
    pace = make_pace(60.0)

    post(pace, 0.0, 60.0)

    assert pace.rate == pytest.approx(60.0 + 60.0 * RULES.rise, rel=0.02)


def test_it_never_rises_above_the_ceiling() -> None:
    pace = make_pace(500.0)

    post(pace, 0.0, 60.0)

    assert pace.rate == CEILING


def test_lone_posts_prove_nothing() -> None:
    pace = make_pace(300.0)

    for minute in range(10):
        pace.accepted(60.0 * minute)

    assert pace.rate == 300.0


def test_a_429_cuts_once_for_all_posts_under_way() -> None:
    pace = make_pace(300.0)
    now = post(pace, 0.0, 1.0)
    rate = pace.rate

    cuts = [
        pace.limited(now - 0.1, now + 0.01 * n, wait=30, channel_just_used=False) for n in range(5)
    ]

    assert cuts == [True, False, False, False, False]
    assert pace.rate == pytest.approx(0.9 * rate)


def test_a_refusal_that_goes_on_cuts_no_further() -> None:
    pace = make_pace(300.0)
    pace.limited(0.0, 0.1, wait=1, channel_just_used=False)

    assert not pace.limited(2.0, 2.1, wait=1, channel_just_used=False)

    pace.accepted(3.0)
    assert pace.limited(3.2, 3.3, wait=1, channel_just_used=False)


def test_it_stays_below_what_was_bad_for_a_day() -> None:
    pace = make_pace(300.0)
    pace.limited(0.0, 0.1, wait=30, channel_just_used=False)

    now = post(pace, 31.0, 120.0)
    assert pace.rate == pytest.approx(294.0)

    post(pace, now + RULES.bad_seconds, 5.0)
    assert pace.rate > 300.0


def test_a_short_wait_on_a_channel_just_used_is_no_cut() -> None:
    pace = make_pace(300.0)

    assert not pace.limited(0.0, 0.1, wait=2, channel_just_used=True)
    assert pace.rate == 300.0
    assert pace.limited(0.0, 0.1, wait=3, channel_just_used=True)


def test_a_lower_ceiling_counts_at_once() -> None:
    pace = make_pace(500.0)

    pace.cap(120.0, now=0.0)

    assert pace.rate == 120.0


def test_a_bucket_is_found_with_a_handful_of_429s() -> None:
    """Slack as a token bucket of 300 a minute and a burst of 5, with waits of a whole second."""
    pace, limited, taken = make_pace(60.0), 0, 0
    level, now, last = 5.0, 0.0, 0.0
    while now < 1800.0:
        level, last = min(5.0, level + (now - last) * 5.0), now
        if level >= 1:
            level -= 1
            taken += 1
            pace.accepted(now)
            now += 60.0 / pace.rate
        else:
            limited += 1
            pace.limited(now, now, wait=1, channel_just_used=False)
            now += 1.0

    assert limited <= 8
    assert 0.97 * 300 < pace.rate <= 300
    assert taken > 0.93 * 1800 * 5
