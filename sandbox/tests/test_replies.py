"""conversations.replies with a stock client."""

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import APP, Team, error_of, make_team


def thread(team: Team, answers: int = 2) -> tuple[str, list[str]]:
    """The DM of the first person, and the times of their message and of what answers to it."""
    said = {"app_id": APP, "user": team.reachable[0], "text": "Question"}
    first = team.control("POST", "say", said)
    channel, ts = str(first["channel"]), str(first["ts"])
    post = team.client.chat_postMessage
    sent = [
        str(post(channel=channel, thread_ts=ts, text=f"Answer {number}")["ts"])
        for number in range(answers)
    ]
    return channel, [ts, *sent]


def test_the_thread_is_told_oldest_first(team: Team, other: Team) -> None:
    channel, times = thread(team)
    team.client.chat_postMessage(channel=channel, text="Beside it")
    thread(other)

    answer = team.client.conversations_replies(channel=channel, ts=times[0])

    assert [each["ts"] for each in answer["messages"]] == times
    assert answer["messages"][0]["reply_count"] == 2
    assert {each["thread_ts"] for each in answer["messages"]} == {times[0]}


def test_a_message_that_nobody_answered_is_alone(team: Team) -> None:
    channel, (first,) = thread(team, answers=0)

    (message,) = team.client.conversations_replies(channel=channel, ts=first)["messages"]

    assert message["text"] == "Question"
    assert "reply_count" not in message


def test_a_time_chooses_among_the_answers(team: Team) -> None:
    channel, (first, second, third) = thread(team)

    answer = team.client.conversations_replies(channel=channel, ts=first, oldest=second)

    assert [each["ts"] for each in answer["messages"]] == [first, third]


def test_pages(team: Team) -> None:
    channel, times = thread(team)

    pages = [
        [each["ts"] for each in page["messages"]]
        for page in team.client.conversations_replies(channel=channel, ts=times[0], limit=2)
    ]

    assert pages == [times[:2], times[2:]]


def test_a_thread_that_is_not_there(team: Team) -> None:
    channel, _ = thread(team)

    answer = error_of(lambda: team.client.conversations_replies(channel=channel, ts="1.2"))

    assert answer["error"] == "thread_not_found"


def test_a_distributed_app_gets_one_request_a_minute(team: Team) -> None:
    channel, times = thread(team)
    team.sandbox.control("PUT", "limits", {"team_id": team.id, "history_restricted": True})

    answer = team.client.conversations_replies(channel=channel, ts=times[0])
    with pytest.raises(SlackApiError) as refused:
        team.client.conversations_replies(channel=channel, ts=times[0])

    assert len(answer["messages"]) == 3
    assert refused.value.response.headers["Retry-After"] == "60"


def test_the_scope_of_history_is_needed(sandbox: RunningSandbox, app: str) -> None:
    poor = make_team(sandbox, "poor", scopes=["chat:write"])
    channel, (first,) = thread(poor, answers=0)

    answer = error_of(lambda: poor.client.conversations_replies(channel=channel, ts=first))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:history")
