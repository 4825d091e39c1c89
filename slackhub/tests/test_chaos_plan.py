"""The crash test's plan: seeded, of the asked length, within what a fault may last."""

import itertools

import pytest

from bench.chaos.plan import (
    CHANCES,
    FULL_SECONDS,
    KILL_SECONDS,
    SENDER,
    STORM_LONGEST,
    Fault,
    make_kills,
    make_plan,
)


def test_the_seed_repeats_the_plan() -> None:
    assert make_plan(7, 300) == make_plan(7, 300)


def test_another_seed_makes_another_plan() -> None:
    assert make_plan(7, 300) != make_plan(8, 300)


def test_the_long_form_strikes_every_three_to_six_seconds() -> None:
    times = [step.at for step in make_plan(1, FULL_SECONDS)]

    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]

    assert 3 <= min(gaps) <= max(gaps) <= 6
    assert times[-1] < FULL_SECONDS


@pytest.mark.parametrize("seconds", [10, 60, 600, 3600])
def test_no_fault_lasts_longer_than_it_may(seconds: float) -> None:
    longest = {(chance.fault, chance.target): chance.longest for chance in CHANCES}

    steps = make_plan(3, seconds)

    assert [one for one in steps if one.seconds > longest[one.fault, one.target]] == []


def test_faults_of_a_short_test_are_shorter() -> None:
    short = make_plan(2, 60, only=[Fault.STOP])

    assert max(step.seconds for step in short) <= 15


def test_a_long_test_meets_every_fault() -> None:
    assert {step.fault for step in make_plan(1, 3600)} == set(Fault)


def test_a_plan_can_be_limited_to_some_faults() -> None:
    only = {Fault.TERM, Fault.REDIS_EMPTY}

    assert {step.fault for step in make_plan(1, 600, only=only)} == only


def test_the_gap_can_be_given() -> None:
    assert len(make_plan(1, 600, gap=1.0)) > 3 * len(make_plan(1, 600))


def test_a_storm_has_as_many_kills_of_senders_as_asked() -> None:
    steps = make_kills(1, 100 * KILL_SECONDS, 100)

    kills = [step for step in steps if step.fault is Fault.KILL]
    assert {step.target for step in kills} == {SENDER}
    assert len(kills) == 100
    assert steps == sorted(steps, key=lambda step: step.at)
    assert 0 < len(steps) - 100 < 20
    assert max(step.seconds for step in steps) <= STORM_LONGEST
