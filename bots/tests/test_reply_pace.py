"""A reply obeys the pace of its team's lane, and teaches it what Slack says."""

import pytest

from bots.replies import Say
from broadcasts.tests.sending import connect_app, connect_team
from sandbox.testing import RunningSandbox
from teams.answers import NotNow, Ok
from teams.models import Recipient, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def teams(slack: RunningSandbox) -> tuple[Team, Team]:
    app = connect_app(slack)
    return connect_team(slack, 1, app=app), connect_team(slack, 1, app=app)


def say_to(team: Team) -> Say:
    return Say(team, channel=Recipient.objects.get(team=team).slack_id, thread_ts=None)


def limit(slack: RunningSandbox, team: Team, seconds: int) -> None:
    fault = {"kind": "storm_429", "team_id": team.team_id, "retry_after": seconds, "count": 1}
    slack.control("PUT", "faults", fault)


def test_b130_a_reply_that_meets_a_short_429_waits_and_is_posted_once(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    limit(slack, teams[0], 1)

    answer = say_to(teams[0])("Hi!")

    assert isinstance(answer, Ok)
    (post,) = slack.posts()
    assert post["text"] == "Hi!"


def test_a_long_429_of_a_reply_holds_the_lane_and_no_other(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    limited, other = teams
    limit(slack, limited, 30)

    first, second = say_to(limited)("Hi!"), say_to(limited)("Hi?")

    assert isinstance(first, NotNow)
    assert second is None
    assert isinstance(say_to(other)("Hi!"), Ok)
    limited.lane.refresh_from_db()
    other.lane.refresh_from_db()
    assert limited.lane.paused_until is not None
    assert other.lane.paused_until is None
    assert len(slack.posts()) == 1
