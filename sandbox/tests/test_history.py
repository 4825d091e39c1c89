"""conversations.history with a stock client: windows, pages, metadata, and its two limits."""

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import Team, error_of, make_team

OURS = {"event_type": "thing_posted", "event_payload": {"thing": "1"}}


def post(team: Team, number: int = 1) -> tuple[str, list[str]]:
    """The DM and the timestamps of so many posts to the first person."""
    team.sandbox.control("PUT", "limits", {"team_id": team.id, "channel_interval": 0, "burst": 99})
    answers = [
        team.client.chat_postMessage(channel=team.reachable[0], text=f"{n}", metadata=OURS)
        for n in range(number)
    ]
    return str(answers[0]["channel"]), [str(each["ts"]) for each in answers]


def test_newest_first_between_two_times(team: Team, other: Team) -> None:
    channel, (first, second, third, fourth) = post(team, 4)
    post(other)

    answer = team.client.conversations_history(channel=channel, oldest=first, latest=fourth)

    assert [message["ts"] for message in answer["messages"]] == [third, second]
    assert answer["has_more"] is False


def test_inclusive_takes_the_ends_too(team: Team) -> None:
    channel, (first, second) = post(team, 2)

    answer = team.client.conversations_history(
        channel=channel, oldest=first, latest=second, inclusive=True
    )

    assert [message["ts"] for message in answer["messages"]] == [second, first]


def test_pages(team: Team) -> None:
    channel, sent = post(team, 5)

    page = team.client.conversations_history(channel=channel, limit=3)
    cursor = page["response_metadata"]["next_cursor"]
    rest = team.client.conversations_history(channel=channel, limit=3, cursor=cursor)

    assert (page["has_more"], rest["has_more"]) == (True, False)
    found = [message["ts"] for message in [*page["messages"], *rest["messages"]]]
    assert found == sent[::-1]


def test_metadata_comes_whole_only_when_asked_for(team: Team) -> None:
    channel, _ = post(team)

    short = team.client.conversations_history(channel=channel)
    full = team.client.conversations_history(channel=channel, include_all_metadata=True)

    assert short["messages"][0]["metadata"] == {"event_type": "thing_posted"}
    assert full["messages"][0]["metadata"] == OURS


def test_a_distributed_app_gets_one_request_a_minute_of_fifteen(team: Team, other: Team) -> None:
    channel, _ = post(team, 20)
    team.sandbox.control("PUT", "limits", {"team_id": team.id, "history_restricted": True})

    answer = team.client.conversations_history(channel=channel, limit=200)
    with pytest.raises(SlackApiError) as refused:
        team.client.conversations_history(channel=channel)

    assert len(answer["messages"]) == 15
    assert answer["has_more"] is True
    assert refused.value.response.headers["Retry-After"] == "60"
    assert other.client.conversations_history(channel=post(other)[0])["ok"]


def test_the_scope_of_the_kind_of_conversation_is_needed(sandbox: RunningSandbox, app: str) -> None:
    poor = make_team(sandbox, "poor", scopes=["chat:write", "channels:history"])
    channel, _ = post(poor)

    answer = error_of(lambda: poor.client.conversations_history(channel=channel))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:history")


def test_a_person_is_no_conversation(team: Team) -> None:
    answer = error_of(lambda: team.client.conversations_history(channel=team.reachable[0]))

    assert answer["error"] == "channel_not_found"


def test_a_nonsense_time_is_refused(team: Team) -> None:
    channel, _ = post(team)

    answer = error_of(lambda: team.client.conversations_history(channel=channel, oldest="today"))

    assert answer["error"] == "invalid_ts_oldest"


def test_a_channel_that_the_bot_is_not_in(team: Team) -> None:
    answer = error_of(lambda: team.client.conversations_history(channel=team.channel("general")))

    assert answer["error"] == "not_in_channel"
