"""Shortcuts and presses are told apart by their ids; a command is answered at once."""

from typing import Any

import pytest

from bots.tests.files.bar import DRINKS
from bots.tests.hub import Hub
from bots.tests.writing import make_bot
from sandbox.testing import wait_until
from teams import slack as door
from teams.answers import Ok
from teams.models import Team

pytestmark = pytest.mark.usefixtures("bot_files")


def act(hub: Hub, what: str, team: Team, **more: Any) -> dict[str, Any]:
    where = {"team_id": team.team_id, "user": hub.people(team)[0], "app_id": hub.slack_app.app_id}
    told: dict[str, Any] = hub.slack.control("POST", what, where | more)
    return told


def hears(hub: Hub, team: Team, channel: str, text: str) -> bool:
    """Whether the person comes to see this there, and nothing else of the bot's."""
    person = hub.people(team)[0]
    path = f"workspaces/{team.team_id}/channels/{channel}/messages?user={person}"

    def found() -> list[str]:
        messages = hub.slack.control("GET", path)["messages"]
        return [each["text"] for each in messages if each.get("bot_id") and each["text"] != "Menu"]

    return bool(wait_until(found) == [text])


def direct(hub: Hub, team: Team) -> str:
    """The person's direct messages with the bot, once there are any."""
    path = f"workspaces/{team.team_id}/users?app_id={hub.slack_app.app_id}"
    person = hub.people(team)[0]

    def dm() -> str | None:
        users = hub.slack.control("GET", path)
        return next((user["dm"] for user in users if user["id"] == person), None)

    return str(wait_until(dm))


@pytest.fixture
def team(hub: Hub) -> Team:
    team, _ = hub.workspace(), hub.workspace()
    make_bot(hub, "bar", answers_unknown=False)
    return team


def test_b086_a_command_may_be_answered_in_its_acknowledgement(hub: Hub, team: Team) -> None:
    told = act(hub, "command", team, command="/quick", text="Green")

    assert told["status"] == 200
    assert "Green, coming" in told["body"]


def test_b087_a_shortcut_has_no_address_to_answer_at(hub: Hub, team: Team) -> None:
    told = act(hub, "shortcut", team, callback_id="order")

    assert told["status"] == 200
    assert hears(hub, team, direct(hub, team), "Ordered.")


@pytest.mark.parametrize(
    ("callback_id", "text"), [("order", "Ordered green tea."), ("return", "Returned.")]
)
def test_b087_a_shortcut_of_a_message(hub: Hub, team: Team, callback_id: str, text: str) -> None:
    channel = hub.channel(team)
    said = hub.say(team, "green tea", channel=channel)

    told = act(hub, "shortcut", team, callback_id=callback_id, channel=channel, ts=said["ts"])

    assert told["status"] == 200
    assert hears(hub, team, channel, text)


@pytest.mark.parametrize(("action_id", "text"), [("drink", "Drunk."), ("spill", "Spilt.")])
def test_b087_a_button_under_a_message(hub: Hub, team: Team, action_id: str, text: str) -> None:
    channel = hub.channel(team)
    post = door.for_team(team).call
    menu = post("chat.postMessage", channel=channel, text="Menu", blocks=[DRINKS])
    assert isinstance(menu, Ok)

    status = hub.press(team, menu.data, action_id, hub.people(team)[0])

    assert status == 200
    assert hears(hub, team, channel, text)


def test_b087_a_button_in_a_form_has_no_address_to_answer_at(hub: Hub, team: Team) -> None:
    act(hub, "command", team, command="/menu")
    person = hub.people(team)[0]
    views = f"workspaces/{team.team_id}/users/{person}/views"
    wait_until(lambda: hub.slack.control("GET", views)["stack"])

    pressed = {"team_id": team.team_id, "user": person, "action_id": "spill"}
    told = hub.slack.control("POST", "view/click", pressed)

    assert told["status"] == 200
    assert hears(hub, team, direct(hub, team), "Spilt.")
