"""Reactions by the bot and by people, and the events about them."""

from typing import Any

import pytest

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team, error_of
from sandbox.tests.listening import Listener


@pytest.fixture
def item(team: Team) -> dict[str, str]:
    """A message in a channel that the bot is in."""
    team.control("POST", "channels/general/members", {"app_id": APP})
    said = {"user": team.reachable[1], "text": "hello", "channel": "general"}
    place = team.control("POST", "say", said)
    return {"channel": place["channel"], "timestamp": place["ts"]}


def react(team: Team, item: dict[str, str], **more: Any) -> Any:
    place = {"team_id": team.id, "channel": item["channel"], "ts": item["timestamp"]}
    wanted = place | {"user": team.reachable[0], "name": "tada"} | more
    return team.sandbox.control("POST", "react", wanted)


def reactions(team: Team, item: dict[str, str]) -> Any:
    return team.client.reactions_get(channel=item["channel"], timestamp=item["timestamp"])


def test_bot_reacts_and_takes_it_back(team: Team, item: dict[str, str]) -> None:
    team.client.reactions_add(name="eyes", **item)

    shown = reactions(team, item)["message"]
    expected = [{"name": "eyes", "users": [team.bot_user_id], "count": 1}]
    assert shown["reactions"] == expected

    team.client.reactions_remove(name="eyes", **item)
    assert "reactions" not in str(reactions(team, item)["message"])


def test_person_reacts(team: Team, heard: Listener, item: dict[str, str]) -> None:
    assert react(team, item) == {"ok": True}
    assert react(team, item) == {"ok": False}

    (body,) = wait_until(lambda: heard.of_type("reaction_added"))
    event = body["event"]
    assert (event["user"], event["reaction"]) == (team.reachable[0], "tada")
    assert event["item"]["ts"] == item["timestamp"]
    assert event["item_user"] == team.reachable[1]

    react(team, item, remove=True)
    wait_until(lambda: heard.of_type("reaction_removed"))


def test_reaction_in_a_foreign_channel_is_not_told(team: Team, heard: Listener) -> None:
    said = {"user": team.reachable[1], "text": "hello", "channel": "random"}
    place = team.control("POST", "say", said)

    react(team, {"channel": place["channel"], "timestamp": place["ts"]})

    assert team.events("reaction_added") == []


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": "Not a name"}, "invalid_name"),
        ({"timestamp": "never"}, "bad_timestamp"),
        ({"timestamp": "1.1"}, "message_not_found"),
        ({"timestamp": ""}, "no_item_specified"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
    ],
)
def test_reaction_that_is_refused(
    team: Team, item: dict[str, str], wrong: dict[str, str], error: str
) -> None:
    add = team.client.reactions_add

    assert error_of(lambda: add(**{"name": "eyes"} | item | wrong))["error"] == error


def test_same_reaction_twice(team: Team, item: dict[str, str]) -> None:
    client = team.client
    client.reactions_add(name="eyes", **item)

    assert error_of(lambda: client.reactions_add(name="eyes", **item))["error"] == "already_reacted"
    assert error_of(lambda: client.reactions_remove(name="x", **item))["error"] == "no_reaction"
