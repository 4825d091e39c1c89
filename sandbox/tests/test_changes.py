"""Messages that are changed, deleted, or written by another app."""

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team, client
from sandbox.tests.listening import Listener


def test_edited_message(team: Team, heard: Listener) -> None:
    said = {"app_id": APP, "user": team.reachable[0], "text": "first"}
    place = team.control("POST", "say", said)

    team.control("POST", "edit", place | {"text": "second"})

    bodies = wait_until(lambda: heard.of_type("message")[1:])
    event = bodies[0]["event"]
    assert (event["subtype"], event["hidden"]) == ("message_changed", True)
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("second", "first")
    assert event["message"]["edited"]["user"] == team.reachable[0]
    assert event["message"]["ts"] == place["ts"] != event["ts"]


def test_deleted_message(team: Team, heard: Listener) -> None:
    said = {"app_id": APP, "user": team.reachable[0], "text": "first"}
    place = team.control("POST", "say", said)

    team.control("POST", "edit", place)

    bodies = wait_until(lambda: heard.of_type("message")[1:])
    event = bodies[0]["event"]
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", place["ts"])
    assert team.control("GET", f"channels/{place['channel']}/messages")["messages"] == []


def test_post_of_another_app(team: Team, heard: Listener) -> None:
    team.sandbox.control("PUT", "apps/A0SECOND", {})
    place = {"app_id": "A0SECOND", "team_id": team.id}
    second = team.sandbox.control("POST", "install", place)
    for app_id in (APP, "A0SECOND"):
        team.control("POST", "channels/general/members", {"app_id": app_id})

    poster = client(team.sandbox, second["access_token"])
    poster.chat_postMessage(channel="general", text="from the other")

    (body,) = wait_until(lambda: heard.of_type("message"))
    assert body["event"]["bot_id"] == second["bot_id"]
    assert body["event"]["app_id"] == "A0SECOND"
