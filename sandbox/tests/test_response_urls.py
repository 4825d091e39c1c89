"""What a submitted modal has for answering in the conversation that was chosen in it."""

import pytest
from slack_sdk.webhook import WebhookClient

from sandbox.tests.conftest import Team, error_of
from sandbox.tests.listening import Listener
from sandbox.tests.test_modals import Desk, modal, plain


@pytest.fixture
def desk(team: Team, bot: Listener) -> Desk:
    return Desk(team, bot)


def test_submission_has_a_response_url_for_the_chosen_conversation(desk: Desk) -> None:
    desk.on_submit()
    place = {"type": "conversations_select", "action_id": "at", "response_url_enabled": True}
    other = {"type": "channels_select", "action_id": "also"}
    blocks = [
        {"type": "input", "block_id": name, "label": plain("Where"), "element": each}
        for name, each in (("b", place), ("c", other))
    ]
    general, random = desk.team.channel("general"), desk.team.channel("random")
    desk.open(blocks=blocks)

    desk.act("view/submit", values={"at": general, "also": random})

    (body,) = desk.bot.of_type("view_submission")
    (given,) = body["response_urls"]
    assert (given["block_id"], given["action_id"], given["channel_id"]) == ("b", "at", general)
    assert WebhookClient(given["response_url"]).send(text="Done").status_code == 200
    path = f"channels/{general}/messages?user={desk.user}"
    (message,) = desk.team.control("GET", path)["messages"]
    assert (message["text"], message["ephemeral"]) == ("Done", True)


def test_response_url_is_for_inputs_of_modals(desk: Desk) -> None:
    place = {"type": "channels_select", "action_id": "at", "response_url_enabled": True}
    blocks = [{"type": "actions", "elements": [place]}]
    trigger, view = desk.trigger(), modal(blocks=blocks)

    answer = error_of(lambda: desk.team.client.views_open(trigger_id=trigger, view=view))

    assert answer["error"] == "invalid_arguments"
