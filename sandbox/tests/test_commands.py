"""Slash commands reach a stock Bolt app by both transports, and its answers are shown."""

import re
from typing import Any

import pytest
from slack_bolt import Ack, Respond

from sandbox.testing import ControlError
from sandbox.tests.conftest import APP, Team, make_team
from sandbox.tests.listening import Listener


def run(team: Team, command: str = "/go", text: str = "", **more: str) -> Any:
    wanted = {"team_id": team.id, "user": team.reachable[0], "command": command, "text": text}
    return team.sandbox.control("POST", "command", wanted | more)


def seen(team: Team, channel: str, user: int = 0) -> list[tuple[str, bool]]:
    """Text, and whether the person alone sees it."""
    path = f"channels/{channel}/messages?user={team.reachable[user]}"
    return [(each["text"], each["ephemeral"]) for each in team.control("GET", path)["messages"]]


def test_command_tells_who_where_and_what(team: Team, bot: Listener) -> None:
    bot.bolt.command("/go")(lambda ack: ack())

    answer = run(team, text="north  fast ", channel="general")

    assert answer["status"] == 200
    (body,) = bot.heard
    assert (body["command"], body["text"]) == ("/go", "north  fast")
    assert (body["user_id"], body["channel_name"]) == (team.reachable[0], "general")
    assert (body["team_id"], body["team_domain"], body["api_app_id"]) == (team.id, "acme", APP)
    assert body["trigger_id"] and body["response_url"]
    assert seen(team, "general") == []


def test_text_in_the_ack_is_seen_by_the_person_alone(team: Team, bot: Listener) -> None:
    bot.bolt.command("/go")(lambda ack: ack("Going"))

    run(team, channel="general")

    assert seen(team, "general") == [("Going", True)]
    assert seen(team, "general", user=1) == []


def test_message_in_the_ack_may_be_for_all(team: Team, bot: Listener) -> None:
    bot.bolt.command("/go")(lambda ack: ack(text="Gone", response_type="in_channel"))

    run(team, channel="general")

    assert seen(team, "general", user=1) == [("Gone", False)]


def test_answers_through_the_response_url(team: Team, bot: Listener) -> None:
    @bot.bolt.command("/go")
    def go(ack: Ack, respond: Respond) -> None:
        ack()
        respond("First")
        respond("Second", response_type="in_channel")

    run(team, channel="general")

    assert seen(team, "general") == [("First", True), ("Second", False)]


def test_command_in_the_dm(team: Team, bot: Listener) -> None:
    bot.bolt.command("/go")(lambda ack: ack("Here"))

    run(team)

    (body,) = bot.heard
    assert body["channel_name"] == "directmessage"
    assert seen(team, body["channel_id"]) == [("Here", True)]


def test_command_that_the_app_does_not_answer(team: Team, heard: Listener) -> None:
    answer = run(team)

    assert (answer["status"], answer["reason"]) == (404, "http_error")


def test_answer_that_is_no_message(team: Team, heard: Listener) -> None:
    heard.bolt.command("/go")(lambda ack: ack(blocks=[{"type": "nonsense"}]))

    assert run(team)["reason"] == "invalid_blocks"


def test_names_and_addresses_are_escaped_where_the_app_wants_it(team: Team, bot: Listener) -> None:
    commands = [{"command": "/go", "should_escape": True}, {"command": "/plain"}]
    team.sandbox.control("PUT", f"apps/{APP}", {"commands": commands})
    bot.bolt.command(re.compile("."))(lambda ack: ack())
    person = next(user for user in team.users() if user["id"] == team.reachable[1])
    text = f"ask @{person['name']}, @nobody in #general of https://example.com/a me@b.c"

    run(team, text=text)
    run(team, command="/plain", text=text)

    general = team.channel("general")
    assert [body["text"] for body in bot.heard] == [
        f"ask <@{person['id']}|{person['name']}>, @nobody in <#{general}|general>"
        " of <https://example.com/a> me@b.c",
        text,
    ]


def test_command_that_no_app_has(team: Team, heard: Listener) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"commands": [{"command": "/other"}]})

    with pytest.raises(ControlError, match="404"):
        run(team)


def test_command_needs_its_scope(sandbox: Any, app: str) -> None:
    team = make_team(sandbox, "acme", ["chat:write"])

    with pytest.raises(ControlError, match="404"):
        run(team)


def test_command_of_two_apps_goes_to_the_one_that_names_it(team: Team, heard: Listener) -> None:
    commands = {"commands": [{"command": "/go"}], "request_url": heard.url}
    team.sandbox.control("PUT", f"apps/{APP}", commands)
    team.sandbox.control("PUT", "apps/A0SECOND", {})
    team.sandbox.control("POST", "install", {"app_id": "A0SECOND", "team_id": team.id})

    run(team)

    assert heard.heard[0]["api_app_id"] == APP
