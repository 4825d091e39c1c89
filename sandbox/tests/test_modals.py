"""Modals: views.open and push, what a person does with them, what the app answers."""

from typing import Any

import pytest

from sandbox.testing import ControlError
from sandbox.tests.conftest import APP, Team, error_of
from sandbox.tests.listening import Listener


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


NAME = {
    "type": "input",
    "block_id": "name",
    "label": plain("Name"),
    "element": {"type": "plain_text_input", "action_id": "typed"},
}
COLORS = [{"text": plain(each.title()), "value": each} for each in ("red", "green")]
COLOR = {
    "type": "input",
    "block_id": "color",
    "optional": True,
    "label": plain("Color"),
    "element": {"type": "static_select", "action_id": "picked", "options": COLORS},
}
PRESS = {
    "type": "actions",
    "block_id": "acts",
    "elements": [{"type": "button", "action_id": "press_me", "value": "v", "text": plain("Press")}],
}


def modal(title: str = "Form", **more: Any) -> dict[str, Any]:
    view = {"type": "modal", "callback_id": "form", "title": plain(title), "submit": plain("Send")}
    return view | {"blocks": [NAME, COLOR, PRESS]} | more


class Desk:
    """A person, and an app that opens a modal when they use its shortcut."""

    def __init__(self, team: Team, bot: Listener) -> None:
        self.team, self.bot, self.user = team, bot, team.reachable[0]
        bot.bolt.shortcut("start")(lambda ack: ack())
        bot.bolt.action("press_me")(lambda ack: ack())

    def trigger(self) -> str:
        wanted = {"app_id": APP, "callback_id": "start"}
        return str(self.act("shortcut", **wanted)["trigger_id"])

    def open(self, **more: Any) -> dict[str, Any]:
        view = self.team.client.views_open(trigger_id=self.trigger(), view=modal(**more))["view"]
        assert isinstance(view, dict)
        return view

    def act(self, verb: str, **more: Any) -> Any:
        wanted = {"team_id": self.team.id, "user": self.user} | more
        return self.team.sandbox.control("POST", verb, wanted)

    def stack(self) -> list[str]:
        """The titles of what is open."""
        views = self.team.control("GET", f"users/{self.user}/views")["stack"]
        return [each["title"]["text"] for each in views]

    def on_submit(self, **answer: Any) -> None:
        self.bot.bolt.view("form")(lambda ack: ack(**answer))


@pytest.fixture
def desk(team: Team, bot: Listener) -> Desk:
    return Desk(team, bot)


@pytest.fixture
def quick(team: Team, heard: Listener) -> Desk:
    """The same over HTTP alone, where the transport makes no difference."""
    return Desk(team, heard)


def test_modal_opens(quick: Desk) -> None:
    view = quick.open(private_metadata="m", external_id="e")

    assert quick.stack() == ["Form"]
    assert (view["callback_id"], view["private_metadata"]) == ("form", "m")
    assert view["root_view_id"] == view["id"]
    assert view["previous_view_id"] is None
    assert view["app_id"] == APP


def test_submitting_sends_what_is_filled_in(desk: Desk) -> None:
    desk.on_submit()
    desk.open()

    answer = desk.act("view/submit", values={"typed": "Ada", "color picked": "green"})

    assert (answer["status"], answer["errors"]) == (200, {})
    (body,) = desk.bot.of_type("view_submission")
    values = body["view"]["state"]["values"]
    assert values["name"]["typed"] == {"type": "plain_text_input", "value": "Ada"}
    assert values["color"]["picked"]["selected_option"]["value"] == "green"
    assert body["user"]["id"] == desk.user
    assert desk.stack() == []


def test_required_input_keeps_the_modal_open(quick: Desk) -> None:
    quick.open()

    answer = quick.act("view/submit", values={"typed": ""})

    assert answer["errors"] == {"name": "Please fill this in."}
    assert quick.bot.of_type("view_submission") == []
    assert quick.stack() == ["Form"]


def test_app_finds_errors(desk: Desk) -> None:
    desk.on_submit(response_action="errors", errors={"name": "Too short"})
    desk.open()

    answer = desk.act("view/submit", values={"typed": "A"})

    assert answer["errors"] == {"name": "Too short"}
    assert desk.stack() == ["Form"]


def test_app_answers_with_another_view(desk: Desk) -> None:
    desk.on_submit(response_action="update", view=modal("Thanks"))
    desk.open()

    desk.act("view/submit", values={"typed": "A"})

    assert desk.stack() == ["Thanks"]


def test_app_pushes_a_view(desk: Desk) -> None:
    desk.on_submit(response_action="push", view=modal("Second"))
    first = desk.open()

    desk.act("view/submit", values={"typed": "A"})

    assert desk.stack() == ["Form", "Second"]
    views = desk.team.control("GET", f"users/{desk.user}/views")["stack"]
    assert views[1]["previous_view_id"] == views[1]["root_view_id"] == first["id"]


def test_app_clears_the_stack(quick: Desk) -> None:
    quick.on_submit(response_action="clear")
    quick.open()

    quick.act("view/submit", values={"typed": "A"})

    assert quick.stack() == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "update", "view": {"type": "modal", "blocks": []}},
    ],
)
def test_answer_that_makes_no_sense(quick: Desk, answer: dict[str, Any]) -> None:
    quick.on_submit(**answer)
    quick.open()

    said = quick.act("view/submit", values={"typed": "A"})

    assert said["errors"] == {"": "We had some trouble connecting. Try again?"}
    assert quick.stack() == ["Form"]


def test_app_that_does_not_answer(quick: Desk) -> None:
    quick.open()

    said = quick.act("view/submit", values={"typed": "A"})

    assert said["status"] == 404
    assert quick.stack() == ["Form"]


def test_pressing_in_a_modal(desk: Desk) -> None:
    view = desk.open()

    desk.act("view/click", action_id="press_me")

    (body,) = desk.bot.of_type("block_actions")
    assert body["container"] == {"type": "view", "view_id": view["id"]}
    assert body["view"]["id"] == view["id"]
    assert body["actions"][0]["value"] == "v"
    assert "response_url" not in body and "message" not in body


def test_push_from_within_a_modal(quick: Desk) -> None:
    quick.open()
    trigger = quick.act("view/click", action_id="press_me")["trigger_id"]

    quick.team.client.views_push(trigger_id=trigger, view=modal("Second"))

    assert quick.stack() == ["Form", "Second"]


def test_no_more_than_three_views(quick: Desk) -> None:
    quick.open()
    for title in ("Second", "Third"):
        trigger = quick.act("view/click", action_id="press_me")["trigger_id"]
        quick.team.client.views_push(trigger_id=trigger, view=modal(title))
    trigger = quick.act("view/click", action_id="press_me")["trigger_id"]

    push = quick.team.client.views_push

    assert error_of(lambda: push(trigger_id=trigger, view=modal()))["error"] == "push_limit_reached"


def test_push_needs_an_open_modal(quick: Desk) -> None:
    trigger, push = quick.trigger(), quick.team.client.views_push

    assert error_of(lambda: push(trigger_id=trigger, view=modal()))["error"] == "not_found"


def test_update_by_either_id(quick: Desk) -> None:
    view = quick.open(external_id="mine")
    client = quick.team.client

    client.views_update(view_id=view["id"], view=modal("By id", external_id="mine"))
    assert quick.stack() == ["By id"]
    client.views_update(external_id="mine", view=modal("By name", external_id="mine"))
    assert quick.stack() == ["By name"]


def test_update_of_an_older_version(quick: Desk) -> None:
    view = quick.open()
    update = quick.team.client.views_update
    update(view_id=view["id"], hash=view["hash"], view=modal("New"))

    refused = error_of(lambda: update(view_id=view["id"], hash=view["hash"], view=modal("Late")))

    assert refused["error"] == "hash_conflict"
    assert quick.stack() == ["New"]


def test_update_of_a_closed_view(quick: Desk) -> None:
    view = quick.open()
    quick.act("view/close")

    update = quick.team.client.views_update

    assert error_of(lambda: update(view_id=view["id"], view=modal()))["error"] == "not_found"


def test_closing_is_told_when_asked_for(desk: Desk) -> None:
    desk.bot.bolt.view_closed("form")(lambda ack: ack())
    desk.open(notify_on_close=True)

    desk.act("view/close")

    (body,) = desk.bot.of_type("view_closed")
    assert body["is_cleared"] is False
    assert desk.stack() == []


def test_closing_is_not_told_otherwise(quick: Desk) -> None:
    quick.open()

    quick.act("view/close")

    assert quick.bot.of_type("view_closed") == []
    with pytest.raises(ControlError, match="404"):
        quick.act("view/close")


def test_closing_clears_the_stack_when_asked_to(quick: Desk) -> None:
    quick.open()
    trigger = quick.act("view/click", action_id="press_me")["trigger_id"]
    quick.team.client.views_push(trigger_id=trigger, view=modal("Second", clear_on_close=True))

    quick.act("view/close")

    assert quick.stack() == []


def test_modal_belongs_to_one_person(quick: Desk, other: Team) -> None:
    quick.open()

    for team, user in ((quick.team, quick.team.reachable[1]), (other, other.reachable[0])):
        assert team.control("GET", f"users/{user}/views")["stack"] == []
