"""What views.* refuse, with Slack's own codes; and the Home tab."""

from typing import Any

import pytest

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team, error_of
from sandbox.tests.listening import Listener
from sandbox.tests.test_modals import NAME, PRESS, Desk, modal, plain


@pytest.fixture
def desk(team: Team, heard: Listener) -> Desk:
    return Desk(team, heard)


def refusal(desk: Desk, view: Any, trigger: str | None = None) -> dict[str, Any]:
    trigger = trigger or desk.trigger()
    return error_of(lambda: desk.team.client.views_open(trigger_id=trigger, view=view))


def test_trigger_works_once(desk: Desk) -> None:
    trigger = desk.trigger()
    desk.team.client.views_open(trigger_id=trigger, view=modal())

    assert refusal(desk, modal(), trigger)["error"] == "exchanged_trigger_id"


def test_trigger_lives_three_seconds(desk: Desk) -> None:
    trigger = desk.trigger()

    desk.team.sandbox.control("PUT", "clock", {"advance": 3})

    assert refusal(desk, modal(), trigger)["error"] == "expired_trigger_id"


def test_trigger_that_was_never_given(desk: Desk) -> None:
    assert refusal(desk, modal(), "1.2.abc")["error"] == "invalid_trigger_id"


def test_trigger_of_another_workspace(desk: Desk, other: Team) -> None:
    trigger = desk.trigger()

    refused = error_of(lambda: other.client.views_open(trigger_id=trigger, view=modal()))

    assert refused["error"] == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"title": None}, "missing required field: title"),
        ({"title": plain("x" * 25)}, "/view/title"),
        ({"close": plain("x" * 25)}, "/view/close"),
        ({"submit": None}, "missing required field: submit"),
        ({"type": "home"}, "/view/type"),
        ({"blocks": None}, "missing required field: blocks"),
        ({"blocks": [NAME] * 101}, "no more than 100 items"),
        ({"blocks": [NAME | {"label": None}]}, "/view/blocks/0/label"),
        ({"blocks": [NAME | {"element": PRESS["elements"][0]}]}, "unsupported type: button"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"callback_id": "x" * 256}, "/view/callback_id"),
    ],
)
def test_view_that_breaks_a_rule(desk: Desk, wrong: dict[str, Any], where: str) -> None:
    refused = refusal(desk, modal() | wrong)

    assert refused["error"] == "invalid_arguments"
    assert where in str(refused["response_metadata"]["messages"])


def test_view_that_is_too_large(desk: Desk) -> None:
    sections = [{"type": "section", "text": plain("x" * 3000)} for _ in range(90)]

    assert refusal(desk, modal(blocks=sections))["error"] == "view_too_large"


def test_external_id_is_unique(desk: Desk) -> None:
    publish = desk.team.client.views_publish
    home = {"type": "home", "blocks": [], "external_id": "mine"}
    publish(user_id=desk.user, view=home)

    assert refusal(desk, modal(external_id="mine"))["error"] == "duplicate_external_id"
    publish(user_id=desk.user, view=home)


def test_update_needs_an_id(desk: Desk) -> None:
    update = desk.team.client.api_call

    refused = error_of(lambda: update("views.update", json={"view": modal()}))

    assert refused["error"] == "invalid_arguments"


def home(text: str = "Welcome") -> dict[str, Any]:
    return {"type": "home", "blocks": [{"type": "header", "text": plain(text)}, PRESS]}


def test_home_is_published_for_one_person(desk: Desk) -> None:
    desk.team.client.views_publish(user_id=desk.user, view=home())

    mine, others = (
        desk.team.control("GET", f"users/{user}/views?app_id={APP}")["home"]
        for user in desk.team.reachable[:2]
    )
    assert mine["blocks"][0]["text"]["text"] == "Welcome"
    assert others is None


def test_opening_the_home(desk: Desk) -> None:
    desk.team.client.views_publish(user_id=desk.user, view=home())

    desk.act("home", app_id=APP)

    (body,) = wait_until(lambda: desk.bot.of_type("app_home_opened"))
    event = body["event"]
    assert (event["user"], event["tab"]) == (desk.user, "home")
    assert event["channel"].startswith("D")
    assert event["view"]["blocks"][0]["type"] == "header"


def test_pressing_in_the_home(desk: Desk) -> None:
    desk.team.client.views_publish(user_id=desk.user, view=home())

    trigger = desk.act("view/click", app_id=APP, action_id="press_me")["trigger_id"]

    (body,) = desk.bot.of_type("block_actions")
    assert body["view"]["type"] == "home"
    desk.team.client.views_open(trigger_id=trigger, view=modal())
    assert desk.stack() == ["Form"]


def test_home_of_an_older_version(desk: Desk) -> None:
    publish = desk.team.client.views_publish
    old = publish(user_id=desk.user, view=home())["view"]["hash"]
    publish(user_id=desk.user, view=home("New"))

    refused = error_of(lambda: publish(user_id=desk.user, view=home("Late"), hash=old))

    assert refused["error"] == "hash_conflict"


def test_app_without_a_home(desk: Desk) -> None:
    desk.team.sandbox.control("PUT", f"apps/{APP}", {"home_tab": False})

    publish = desk.team.client.views_publish

    assert error_of(lambda: publish(user_id=desk.user, view=home()))["error"] == "not_enabled"


def test_home_of_nobody(desk: Desk) -> None:
    publish = desk.team.client.views_publish

    assert (
        error_of(lambda: publish(user_id="U0NOBODY", view=home()))["error"] == "invalid_arguments"
    )
