"""Messages that are changed, deleted, or written by another app."""

from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team, client
from sandbox.tests.listening import Listener
from sandbox.tests.test_interactivity import BUTTONS

OTHER = "A0SECOND"


@dataclass(frozen=True, slots=True)
class Poster:
    """Another app, that is in #general together with the one that listens."""

    client: WebClient
    bot_id: str

    def post(self) -> dict[str, Any]:
        answer = self.client.chat_postMessage(channel="general", text="first")
        return {"channel": str(answer["channel"]), "ts": str(answer["ts"])}


@pytest.fixture
def poster(team: Team, heard: Listener) -> Poster:
    team.sandbox.control("PUT", f"apps/{OTHER}", {})
    place = {"app_id": OTHER, "team_id": team.id}
    second = team.sandbox.control("POST", "install", place)
    for app_id in (APP, OTHER):
        team.control("POST", "channels/general/members", {"app_id": app_id})
    return Poster(client(team.sandbox, second["access_token"]), second["bot_id"])


def event_of(listener: Listener, subtype: str) -> dict[str, Any]:
    """The first such event, waited for."""

    def found() -> list[dict[str, Any]]:
        events = (body["event"] for body in listener.of_type("message"))
        return [event for event in events if event.get("subtype") == subtype]

    return wait_until(found)[0]


def subscribe(team: Team, listener: Listener, *events: str) -> None:
    wanted = {"events": events, "request_url": listener.url}
    team.sandbox.control("PUT", f"apps/{APP}", wanted)


def test_edited_message(team: Team, heard: Listener) -> None:
    said = {"app_id": APP, "user": team.reachable[0], "text": "first"}
    place = team.control("POST", "say", said)

    team.control("POST", "edit", place | {"text": "second"})

    event = event_of(heard, "message_changed")
    assert event["hidden"] is True
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("second", "first")
    assert event["message"]["edited"]["user"] == team.reachable[0]
    assert event["message"]["ts"] == place["ts"] != event["ts"]


def test_deleted_message(team: Team, heard: Listener) -> None:
    said = {"app_id": APP, "user": team.reachable[0], "text": "first"}
    place = team.control("POST", "say", said)

    team.control("POST", "edit", place)

    assert event_of(heard, "message_deleted")["deleted_ts"] == place["ts"]
    assert team.control("GET", f"channels/{place['channel']}/messages")["messages"] == []


def test_post_of_another_app(poster: Poster, heard: Listener) -> None:
    poster.post()

    (body,) = wait_until(lambda: heard.of_type("message"))
    assert body["event"]["bot_id"] == poster.bot_id
    assert body["event"]["app_id"] == OTHER


def test_update_by_another_app(poster: Poster, heard: Listener) -> None:
    place = poster.post()

    poster.client.chat_update(**place, text="second")

    event = event_of(heard, "message_changed")
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("second", "first")
    assert event["message"]["bot_id"] == event["previous_message"]["bot_id"] == poster.bot_id
    assert event["message"]["edited"]["user"] == event["message"]["user"]
    assert "edited" not in event["previous_message"]
    assert (event["channel"], event["message"]["ts"]) == (place["channel"], place["ts"])


def test_deletion_by_another_app(poster: Poster, heard: Listener) -> None:
    place = poster.post()

    poster.client.chat_delete(**place)

    event = event_of(heard, "message_deleted")
    assert (event["deleted_ts"], event["previous_message"]["text"]) == (place["ts"], "first")


def test_own_changes_when_asked_for(team: Team, listener: Listener) -> None:
    subscribe(team, listener, "message.im")
    sent = team.client.chat_postMessage(channel=team.reachable[0], text="first")
    place: dict[str, Any] = {"channel": sent["channel"], "ts": sent["ts"]}

    team.client.chat_update(**place, text="second")
    team.client.chat_delete(**place)

    assert event_of(listener, "message_changed")["message"]["text"] == "second"
    assert event_of(listener, "message_deleted")["deleted_ts"] == place["ts"]


def test_own_changes_are_not_told_otherwise(team: Team, heard: Listener) -> None:
    sent = team.client.chat_postMessage(channel=team.reachable[0], text="first")
    place: dict[str, Any] = {"channel": sent["channel"], "ts": sent["ts"]}

    team.client.chat_update(**place, text="second")
    team.client.chat_delete(**place)

    assert team.events("message") == []


def test_change_through_a_response_url(team: Team, heard: Listener) -> None:
    subscribe(team, heard, "message.im")
    sent = team.client.chat_postMessage(channel=team.reachable[0], text="Press", blocks=BUTTONS)
    press = {"team_id": team.id, "channel": sent["channel"], "ts": sent["ts"]}
    team.sandbox.control("POST", "click", press | {"action_id": "press_me"})
    (body,) = heard.of_type("block_actions")

    WebhookClient(body["response_url"]).send(text="Pressed", replace_original=True)

    assert event_of(heard, "message_changed")["message"]["text"] == "Pressed"


def test_changes_stay_in_their_workspace(poster: Poster, other: Team, heard: Listener) -> None:
    other.control("POST", "channels/general/members", {"app_id": APP})

    poster.client.chat_update(**poster.post(), text="second")

    event_of(heard, "message_changed")
    assert other.events("message") == []
