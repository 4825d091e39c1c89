"""External selects: what a person types is asked of the app, over either transport."""

from typing import Any

import pytest
from slack_bolt import Ack, BoltResponse

from sandbox.testing import ControlError
from sandbox.tests.conftest import APP, Team, error_of
from sandbox.tests.listening import Listener
from sandbox.tests.test_modals import Desk, plain

TEAS = ("green", "black", "mint")
OPTIONS = [{"text": plain(each.title()), "value": each} for each in TEAS]


def external(**more: Any) -> dict[str, Any]:
    return {
        "type": "external_select",
        "action_id": "tea",
        "placeholder": plain("Which tea?"),
    } | more


def field(**more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "b", "label": plain("Tea"), "element": external(**more)}


@pytest.fixture
def desk(team: Team, bot: Listener) -> Desk:
    """Offers those teas that contain what was typed."""
    team.sandbox.control("PUT", f"apps/{APP}", {"options_load_url": bot.url})

    @bot.bolt.options("tea")
    def offer(ack: Ack, payload: dict[str, Any]) -> None:
        ack(options=[each for each in OPTIONS if payload["value"] in str(each["value"])])

    bot.bolt.action("tea")(lambda ack: ack())
    return Desk(team, bot)


def post(desk: Desk, **more: Any) -> dict[str, str]:
    """A message with the element; where it is."""
    blocks = [{"type": "actions", "block_id": "b", "elements": [external(**more)]}]
    sent = desk.team.client.chat_postMessage(channel=desk.user, text="Tea?", blocks=blocks)
    return {"channel": str(sent["channel"]), "ts": str(sent["ts"]), "action_id": "tea"}


def test_search_in_a_message(desk: Desk) -> None:
    place = post(desk)

    answer = desk.act("suggest", **place, value="een")

    assert (answer["status"], answer["options"]) == (200, ["green"])
    (body,) = desk.bot.of_type("block_suggestion")
    assert (body["action_id"], body["block_id"], body["value"]) == ("tea", "b", "een")
    assert body["container"]["message_ts"] == body["message"]["ts"] == place["ts"]
    assert (body["user"]["id"], body["team"]["id"]) == (desk.user, desk.team.id)
    assert (body["api_app_id"], body["channel"]["id"]) == (APP, place["channel"])
    assert "trigger_id" not in body and "response_url" not in body


def test_what_was_offered_can_be_chosen(desk: Desk) -> None:
    place = post(desk)
    desk.act("suggest", **place, value="een")

    desk.act("click", **place, value="green")

    (body,) = desk.bot.of_type("block_actions")
    assert body["actions"][0]["selected_option"] == OPTIONS[0]
    with pytest.raises(ControlError, match="404"):
        desk.act("click", **place, value="black")


def test_search_in_a_modal_and_its_submission(desk: Desk) -> None:
    desk.on_submit()
    view = desk.open(blocks=[field(type="multi_external_select")])

    first = desk.act("view/suggest", action_id="tea", value="een")
    desk.act("view/click", action_id="tea", value=["green"])
    second = desk.act("view/suggest", action_id="tea", value="min")
    desk.act("view/submit", values={"tea": ["green", "mint"]})

    # What is chosen stays in the list.
    assert (first["options"], second["options"]) == (["green"], ["mint", "green"])
    assert desk.bot.of_type("block_suggestion")[0]["view"]["id"] == view["id"]
    (body,) = desk.bot.of_type("view_submission")
    state = body["view"]["state"]["values"]["b"]["tea"]
    assert [each["value"] for each in state["selected_options"]] == ["green", "mint"]


def test_options_in_groups(team: Team, bot: Listener) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"options_load_url": bot.url})
    groups = [{"label": plain("Hot"), "options": OPTIONS[:2]}]
    bot.bolt.options("tea")(lambda ack: ack(option_groups=groups))
    desk = Desk(team, bot)

    assert desk.act("suggest", **post(desk), value="any")["options"] == ["green", "black"]


@pytest.mark.parametrize("answer", [{"options": [{"value": "x"}]}, {"text": "none"}])
def test_answer_that_offers_nothing(team: Team, bot: Listener, answer: dict[str, Any]) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"options_load_url": bot.url})
    bot.bolt.options("tea")(lambda ack: BoltResponse(status=200, body=answer))
    desk = Desk(team, bot)

    said = desk.act("suggest", **post(desk), value="any")

    assert (said["reason"], said["options"]) == ("invalid_options", [])


def test_nothing_is_found(desk: Desk) -> None:
    answer = desk.act("suggest", **post(desk), value="coffee")

    assert (answer["reason"], answer["options"]) == (None, [])


def test_app_is_not_asked_for_too_little(desk: Desk) -> None:
    with pytest.raises(ControlError, match="400"):
        desk.act("suggest", **post(desk), value="ee")

    place = post(desk, min_query_length=0)
    assert desk.act("suggest", **place, value="")["options"] == ["green", "black", "mint"]


def test_initial_option_can_be_submitted(desk: Desk) -> None:
    desk.on_submit()
    desk.open(blocks=[field(initial_option=OPTIONS[2])])

    assert desk.act("view/submit", values={"tea": "mint"})["errors"] == {}


def test_search_over_http_needs_an_address_of_its_own(team: Team, heard: Listener) -> None:
    desk = Desk(team, heard)

    assert desk.act("suggest", **post(desk), value="any")["reason"] == "no_options_load_url"
    assert heard.heard == []


def test_other_elements_are_not_searched(team: Team, heard: Listener) -> None:
    desk = Desk(team, heard)
    desk.open()

    with pytest.raises(ControlError, match="404"):
        desk.act("view/suggest", action_id="picked", value="any")


def test_menu_of_groups_is_checked_too(team: Team) -> None:
    menu = {"type": "static_select", "action_id": "m", "option_groups": []}
    good = {"label": plain("Teas"), "options": OPTIONS}
    bad = {"label": plain("Teas"), "options": []}

    def sent(*groups: object) -> Any:
        element = menu | {"option_groups": groups}
        blocks = [{"type": "actions", "elements": [element]}]
        return team.client.chat_postMessage(channel=team.reachable[0], text="x", blocks=blocks)

    assert sent(good)["ok"]
    assert "at least 1 item" in error_of(lambda: sent(bad))["errors"][0]


def test_modal_of_another_workspace(desk: Desk, other: Team) -> None:
    desk.open(blocks=[field()])
    wanted = {"team_id": other.id, "user": other.reachable[0], "action_id": "tea", "value": "any"}

    with pytest.raises(ControlError, match="404"):
        other.sandbox.control("POST", "view/suggest", wanted)
