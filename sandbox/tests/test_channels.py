"""A bot makes channels and keeps them, with a stock client."""

from functools import partial

import pytest

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import APP, Team, error_of, make_team
from sandbox.tests.listening import Listener


def test_a_channel_of_the_bots_own(team: Team, other: Team, heard: Listener) -> None:
    channel = team.client.conversations_create(name="tea-time")["channel"]

    assert (channel["name"], channel["creator"]) == ("tea-time", team.bot_user_id)
    assert channel["is_member"] is True
    (body,) = wait_until(lambda: heard.of_type("channel_created"))
    assert body["event"]["channel"]["id"] == channel["id"]
    assert "tea-time" not in [
        each["name"] for each in other.client.conversations_list()["channels"]
    ]


def test_a_private_one(sandbox: RunningSandbox, app: str) -> None:
    team = make_team(sandbox, "acme", ["groups:write", "groups:read"])

    channel = team.client.conversations_create(name="secret", is_private=True)["channel"]
    refused = error_of(partial(team.client.conversations_create, name="open"))

    assert channel["is_private"] is True
    assert (refused["error"], refused["needed"]) == ("missing_scope", "channels:manage")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Tea", "invalid_name_specials"),
        ("tea time", "invalid_name_specials"),
        ("general", "name_taken"),
    ],
)
def test_a_name_that_is_none(team: Team, name: str, code: str) -> None:
    assert error_of(partial(team.client.conversations_create, name=name))["error"] == code


def test_topic_purpose_and_name(team: Team) -> None:
    client = team.client
    channel = str(client.conversations_create(name="tea")["channel"]["id"])

    client.conversations_setTopic(channel=channel, topic="Green")
    client.conversations_setPurpose(channel=channel, purpose="Tea for all")
    client.conversations_rename(channel=channel, name="teas")
    long = error_of(partial(client.conversations_setTopic, channel=channel, topic="x" * 251))

    told = client.conversations_info(channel=channel)["channel"]
    assert (told["topic"]["value"], told["purpose"]["value"]) == ("Green", "Tea for all")
    assert told["name"] == "teas"
    assert long["error"] == "too_long"


def test_somebody_is_removed(team: Team, heard: Listener) -> None:
    channel, person = team.channel("random"), team.reachable[0]
    team.control("POST", f"channels/{channel}/members", {"app_id": APP})

    team.client.conversations_kick(channel=channel, user=person)

    (body,) = wait_until(lambda: heard.of_type("member_left_channel"))
    assert body["event"]["user"] == person
    assert person not in team.client.conversations_members(channel=channel)["members"]


def test_nobody_is_removed_from_general(team: Team) -> None:
    channel = team.channel("general")
    team.control("POST", f"channels/{channel}/members", {"app_id": APP})
    kick = partial(team.client.conversations_kick, channel=channel)

    assert error_of(partial(kick, user=team.reachable[0]))["error"] == "cant_kick_from_general"
    assert error_of(partial(kick, user=team.bot_user_id))["error"] == "cant_kick_self"


def test_an_archived_channel_takes_nothing_more(team: Team) -> None:
    channel = str(team.client.conversations_create(name="tea")["channel"]["id"])

    team.client.conversations_archive(channel=channel)

    again = error_of(partial(team.client.conversations_archive, channel=channel))
    post = partial(team.client.chat_postMessage, channel=channel, text="too late")
    assert again["error"] == "already_archived"
    assert error_of(post)["error"] == "is_archived"
    assert team.client.conversations_info(channel=channel)["channel"]["is_archived"] is True


def test_a_channel_that_the_bot_is_not_in(team: Team) -> None:
    archive = partial(team.client.conversations_archive, channel=team.channel("random"))

    assert error_of(archive)["error"] == "not_in_channel"
