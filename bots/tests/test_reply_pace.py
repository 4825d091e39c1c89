"""A reply obeys the pace of its team's lane, and teaches it what Slack says."""

import pytest
from slack_sdk.errors import SlackApiError

from bots.replies import LaneTurn, Say
from broadcasts.tests.sending import connect_app, connect_team
from sandbox.testing import RunningSandbox
from teams.answers import NotNow, Ok
from teams.models import Recipient, Team
from teams.slack import turn_taking_client

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


def test_a_listeners_client_keeps_to_the_lane(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    limited, _ = teams
    limited.lane.pause(30, "Slack asked for it.")
    clients = [turn_taking_client(team.bot_token, LaneTurn(team, None)) for team in teams]
    people = [Recipient.objects.get(team=team).slack_id for team in teams]

    with pytest.raises(SlackApiError, match="is held for"):
        clients[0].chat_postMessage(channel=people[0], text="Hi!")
    clients[1].chat_postMessage(channel=people[1], text="Hi!")

    assert clients[0].auth_test()["ok"]
    assert [post["text"] for post in slack.posts()] == ["Hi!"]


def test_a_429_to_a_listeners_client_holds_the_lane_and_no_other(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    limited, other = teams
    limit(slack, limited, 30)
    client = turn_taking_client(limited.bot_token, LaneTurn(limited, None))

    with pytest.raises(SlackApiError, match="ratelimited"):
        client.chat_postMessage(channel=Recipient.objects.get(team=limited).slack_id, text="Hi!")

    assert say_to(limited)("Hi?") is None
    assert isinstance(say_to(other)("Hi!"), Ok)
    limited.lane.refresh_from_db()
    assert limited.lane.paused_until is not None


def test_a_dead_token_of_a_listeners_client_disconnects_the_team(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    dead, other = teams
    where = {"app_id": dead.slack_app.app_id, "team_id": dead.team_id}
    slack.control("POST", "revoke", where | {"event": False})
    client = turn_taking_client(dead.bot_token, LaneTurn(dead, None))

    with pytest.raises(SlackApiError):
        client.chat_postMessage(channel="C1", text="Hi!")

    assert [Team.objects.get(pk=team.pk).state for team in (dead, other)] == [
        Team.State.DISCONNECTED,
        Team.State.CONNECTED,
    ]


def test_a_listeners_client_posts_nothing_while_posting_is_held(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, _ = teams
    team.state = Team.State.PAUSED

    with pytest.raises(SlackApiError, match="Posting is held"):
        turn_taking_client(team.bot_token, LaneTurn(team, None)).chat_postMessage(
            channel="C1", text="Hi!"
        )
