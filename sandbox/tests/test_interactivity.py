"""A pressed button reaches a stock Bolt app, and its response_url does what Slack's does."""

from typing import Any

import pytest
from slack_sdk.webhook import WebhookClient

from sandbox.testing import ControlError
from sandbox.tests.conftest import APP, Team
from sandbox.tests.listening import Listener

BUTTONS = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "press_me",
                "value": "v1",
                "text": {"type": "plain_text", "text": "Press"},
            },
            {
                "type": "button",
                "action_id": "unknown",
                "url": "https://example.com/",
                "text": {"type": "plain_text", "text": "Link"},
            },
        ],
    }
]


def post_buttons(team: Team) -> dict[str, Any]:
    answer = team.client.chat_postMessage(channel=team.reachable[0], text="Press", blocks=BUTTONS)
    return {"team_id": team.id, "channel": answer["channel"], "ts": answer["ts"]}


def press(team: Team, action_id: str = "press_me") -> Any:
    return team.sandbox.control("POST", "click", post_buttons(team) | {"action_id": action_id})


def page(team: Team, body: dict[str, Any]) -> str:
    """The conversation of an interaction, as its person sees it."""
    return team.page(f"c/{body['channel']['id']}")


def test_press_is_acked_and_complete(team: Team, heard: Listener) -> None:
    answer = press(team)

    assert answer["status"] == 200
    (body,) = heard.of_type("block_actions")
    assert body["user"]["id"] == team.reachable[0]
    assert body["team"] == {"id": team.id, "domain": "acme"}
    assert body["api_app_id"] == APP
    assert body["container"]["message_ts"] == body["message"]["ts"]
    assert body["channel"]["name"] == "directmessage"
    assert body["trigger_id"]
    (action,) = body["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("press_me", "v1", "button")
    assert action["block_id"] == body["message"]["blocks"][0]["block_id"]
    assert heard.headers[0]["content-type"] == "application/x-www-form-urlencoded"


def test_link_button_sends_block_actions_too(team: Team, heard: Listener) -> None:
    press(team, "unknown")

    assert heard.of_type("block_actions")[0]["actions"][0]["url"] == "https://example.com/"


def test_press_that_the_app_does_not_know(team: Team, heard: Listener) -> None:
    assert press(team, "unknown")["status"] == 404


def test_press_of_an_app_that_does_not_listen(team: Team) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"request_url": "http://127.0.0.1:9/"})

    assert press(team)["reason"] == "connection_failed"


def test_press_of_no_button(team: Team) -> None:
    with pytest.raises(ControlError, match="404"):
        press(team, "nothing")


def test_answer_is_ephemeral(team: Team, heard: Listener) -> None:
    press(team)
    (body,) = heard.of_type("block_actions")

    answer = WebhookClient(body["response_url"]).send(text="Thanks a lot")

    assert answer.status_code == 200
    assert "Only visible to you" in page(team, body)
    assert "Thanks a lot" in page(team, body)


def test_answer_in_the_channel(team: Team, heard: Listener) -> None:
    press(team)
    (body,) = heard.of_type("block_actions")

    WebhookClient(body["response_url"]).send(text="For all", response_type="in_channel")

    assert "For all" in page(team, body)
    assert "Only visible to you" not in page(team, body)


def test_answer_replaces_the_message(team: Team, heard: Listener) -> None:
    press(team)
    (body,) = heard.of_type("block_actions")

    WebhookClient(body["response_url"]).send(text="Done with it", replace_original=True)

    assert "Done with it" in page(team, body)
    assert ">Press<" not in page(team, body)


def test_answer_deletes_the_message(team: Team, heard: Listener) -> None:
    press(team)
    (body,) = heard.of_type("block_actions")

    WebhookClient(body["response_url"]).send(delete_original=True)

    assert "Nothing has been written here yet" in page(team, body)


def test_response_url_works_five_times(team: Team, heard: Listener) -> None:
    press(team)
    webhook = WebhookClient(heard.of_type("block_actions")[0]["response_url"])

    answers = [webhook.send(text="again") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5].body


def test_response_url_works_for_half_an_hour(team: Team, heard: Listener) -> None:
    press(team)
    webhook = WebhookClient(heard.of_type("block_actions")[0]["response_url"])

    team.sandbox.control("PUT", "clock", {"advance": 1801})

    assert "expired_url" in webhook.send(text="late").body


def test_response_url_wants_content(team: Team, heard: Listener) -> None:
    press(team)
    webhook = WebhookClient(heard.of_type("block_actions")[0]["response_url"])

    assert "no_text" in webhook.send(response_type="ephemeral").body
