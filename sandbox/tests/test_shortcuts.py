"""Global and message shortcuts reach a stock Bolt app."""

from typing import Any

from sandbox.tests.conftest import APP, Team
from sandbox.tests.listening import Listener


def use(team: Team, callback_id: str, **more: Any) -> Any:
    wanted = {"team_id": team.id, "user": team.reachable[0], "app_id": APP}
    return team.sandbox.control("POST", "shortcut", wanted | {"callback_id": callback_id} | more)


def test_global_shortcut(team: Team, bot: Listener) -> None:
    bot.bolt.global_shortcut("start")(lambda ack: ack())

    assert use(team, "start")["status"] == 200

    (body,) = bot.of_type("shortcut")
    assert (body["callback_id"], body["user"]["id"]) == ("start", team.reachable[0])
    assert body["trigger_id"] and body["action_ts"]
    assert "response_url" not in body and "channel" not in body


def test_message_shortcut(team: Team, bot: Listener) -> None:
    bot.bolt.message_shortcut("keep")(lambda ack, respond: (ack(), respond("Kept")))
    said = {"user": team.reachable[1], "text": "remember", "channel": "general"}
    place = team.control("POST", "say", said)

    use(team, "keep", channel=place["channel"], ts=place["ts"])

    (body,) = bot.of_type("message_action")
    assert body["message"]["text"] == "remember"
    assert (body["message_ts"], body["channel"]["name"]) == (place["ts"], "general")
    path = f"channels/general/messages?user={team.reachable[0]}"
    assert team.control("GET", path)["messages"][-1]["text"] == "Kept"


def test_shortcut_that_the_app_does_not_know(team: Team, heard: Listener) -> None:
    assert use(team, "unknown")["status"] == 404
