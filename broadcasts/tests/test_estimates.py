"""How long a broadcast takes, from the pace of each lane and its people."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcasts.estimates import LaneEstimate, duration, estimate, lane_end
from broadcasts.tests.factories import make_broadcast
from teams.models import Lane, Team
from teams.tests.factories import make_person, make_team


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (85, "85 s"), (121, "2 min"), (720, "12 min"), (11_400, "3 h 10 min")],
)
def test_a_duration_is_coarse(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_estimate_names_the_pace_and_who_sets_it() -> None:
    lane = LaneEstimate("Northwind Traders", 404, 285.0, Team.State.CONNECTED)

    assert str(lane) == "about 85 s for Northwind Traders at 285 a minute, paced by Slack"


def test_a_team_that_is_not_served_promises_nothing() -> None:
    assert (
        str(LaneEstimate("Acme", 1, 60.0, Team.State.PAUSED)) == "waits for Acme, which is paused"
    )


@pytest.mark.django_db
def test_each_team_is_estimated_by_its_own_pace_the_longest_first() -> None:
    slow, fast, other = make_team(name="Slow"), make_team(name="Fast"), make_team()
    Lane.objects.filter(team=slow).update(rate=30.0)
    Lane.objects.filter(team=fast).update(rate=600.0, ceiling=300.0)
    for team in (slow, fast, fast, other):
        make_person(team)
    make_person(slow, is_deactivated=True)
    broadcast = make_broadcast(teams=(fast, slow))

    lanes = estimate(broadcast.audience(), datetime.now(UTC) + timedelta(seconds=1))

    assert [(lane.team, lane.people, lane.per_minute) for lane in lanes] == [
        ("Slow", 1, 30.0),
        ("Fast", 2, 300.0),
    ]


@pytest.mark.django_db
def test_two_teams_of_one_name_are_two_lanes() -> None:
    first, second = make_team(name="Acme"), make_team(name="Acme")
    make_person(first)
    make_person(second)
    broadcast = make_broadcast(teams=(first, second))

    lanes = estimate(broadcast.audience(), datetime.now(UTC) + timedelta(seconds=1))

    assert [lane.people for lane in lanes] == [1, 1]


def test_a_lane_that_slack_holds_begins_after_that() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert lane_end(now, 30, 60.0, None) == now + timedelta(seconds=30)
    assert lane_end(now, 30, 60.0, now - timedelta(hours=1)) == now + timedelta(seconds=30)
    assert lane_end(now, 30, 60.0, now + timedelta(hours=1)) == now + timedelta(minutes=60.5)
