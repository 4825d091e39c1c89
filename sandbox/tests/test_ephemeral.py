"""chat.postEphemeral, and what stays hidden of it."""

from typing import Any

import pytest

from sandbox.tests.conftest import APP, Team, error_of


@pytest.fixture
def channel(team: Team) -> str:
    team.control("POST", "channels/general/members", {"app_id": APP})
    return team.channel("general")


def post(team: Team, channel: str, **more: Any) -> Any:
    wanted = {"channel": channel, "user": team.reachable[0], "text": "psst"} | more
    return team.client.chat_postEphemeral(**wanted)


def test_one_person_sees_it(team: Team, channel: str) -> None:
    ts = post(team, channel)["message_ts"]

    mine, others = (
        team.control("GET", f"channels/general/messages?user={user}")["messages"]
        for user in team.reachable[:2]
    )
    assert [(each["ts"], each["ephemeral"]) for each in mine] == [(ts, True)]
    assert others == []


def test_no_history_keeps_it(team: Team, channel: str) -> None:
    ts = post(team, channel)["message_ts"]

    assert team.client.conversations_history(channel=channel)["messages"] == []
    update = team.client.chat_update
    refused = error_of(lambda: update(channel=channel, ts=ts, text="x"))
    assert refused["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"user": "U0NOBODY"}, "user_not_in_channel"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
    ],
)
def test_refusals(team: Team, channel: str, wrong: dict[str, str], error: str) -> None:
    assert error_of(lambda: post(team, **{"channel": channel} | wrong))["error"] == error


def test_nothing_to_say(team: Team, channel: str) -> None:
    place = {"channel": channel, "user": team.reachable[0]}

    refused = error_of(lambda: team.client.api_call("chat.postEphemeral", json=place))

    assert refused["error"] == "no_text"


def test_bot_must_be_in_the_channel(team: Team) -> None:
    assert error_of(lambda: post(team, team.channel("general")))["error"] == "not_in_channel"


def test_person_is_no_channel(team: Team) -> None:
    assert error_of(lambda: post(team, team.reachable[0]))["error"] == "channel_not_found"
