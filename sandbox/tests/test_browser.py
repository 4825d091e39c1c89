"""The pages in a real browser of the size of a phone, by keyboard alone."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from slack_bolt import Ack

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team
from sandbox.tests.listening import Listener
from sandbox.tests.test_modals import COLOR, NAME, PRESS, Desk, modal, plain


@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("No Chromium here: install it, or name one by CHROMIUM=/path/to/it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def page(_browser: Browser) -> Iterator[Page]:
    page = _browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    yield page
    page.close()


def test_a_command_opens_a_modal_and_enter_submits_it(
    team: Team, heard: Listener, page: Page
) -> None:
    team.control("POST", "channels/general/members", {"app_id": APP})
    client = team.client

    @heard.bolt.command("/order")
    def order(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal(blocks=[PRESS, NAME, COLOR]))

    heard.bolt.view("form")(lambda ack, say: ack())
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{team.sandbox.url}/w/{team.id}/c/{team.channel('general')}")

    page.get_by_label("Write to #general").fill("/order")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Form")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_label("Name").fill("Ada")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="#general")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    (body,) = heard.of_type("view_submission")
    assert body["view"]["state"]["values"]["name"]["typed"]["value"] == "Ada"
    assert complaints == []


def test_a_modal_that_the_app_changes_is_shown_anew(
    team: Team, heard: Listener, page: Page
) -> None:
    heard.bolt.shortcut("start")(lambda ack: ack())
    person = team.reachable[0]
    wanted = {"team_id": team.id, "user": person, "app_id": APP, "callback_id": "start"}
    trigger = team.sandbox.control("POST", "shortcut", wanted)["trigger_id"]
    opened = team.client.views_open(trigger_id=trigger, view=modal("Loading"))["view"]
    page.goto(f"{team.sandbox.url}/w/{team.id}/modal?as={person}")

    team.client.views_update(view_id=str(opened["id"]), view=modal("Ready"))

    expect(page.get_by_role("dialog", name="Ready")).to_be_visible()


WIDTH, HEIGHT = "document.documentElement.scrollWidth", "document.documentElement.scrollHeight"
TEA = {
    "type": "input",
    "block_id": "tea",
    "label": plain("Tea"),
    "element": {"type": "external_select", "action_id": "tea"},
}


@pytest.fixture
def desk(team: Team, heard: Listener) -> Desk:
    team.sandbox.control("PUT", f"apps/{APP}", {"options_load_url": heard.url})
    option = {"text": plain("Green"), "value": "g"}
    heard.bolt.options("tea")(lambda ack: ack(options=[option]))
    return Desk(team, heard)


def address(desk: Desk) -> str:
    return f"{desk.team.sandbox.url}/w/{desk.team.id}/modal?as={desk.user}"


def test_enter_in_a_search_searches(desk: Desk, page: Page) -> None:
    desk.on_submit()
    desk.open(blocks=[TEA, NAME])
    page.goto(address(desk))

    expect(page.get_by_label("Tea, what to search for")).to_be_focused()
    page.keyboard.type("gre")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Tea", exact=True)).to_be_focused()
    page.keyboard.type("Green")
    page.get_by_label("Name").fill("Ada")
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog")).not_to_be_attached()
    (body,) = desk.bot.of_type("view_submission")
    values = body["view"]["state"]["values"]
    assert values["tea"]["tea"]["selected_option"]["value"] == "g"
    assert values["name"]["typed"]["value"] == "Ada"


def test_escape_closes_a_modal(desk: Desk, page: Page) -> None:
    desk.open()
    page.goto(address(desk))

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).not_to_be_attached()
    assert desk.stack() == []


def test_a_page_is_as_tall_as_the_window(team: Team, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    said = {"user": team.reachable[0], "channel": team.channel("general"), "text": "line"}
    for _ in range(20):
        team.control("POST", "say", said)

    page.goto(f"{team.sandbox.url}/w/{team.id}/c/{said['channel']}#latest")

    assert page.evaluate(HEIGHT) == 800
    expect(page.get_by_role("heading", name="#general")).to_be_in_viewport()


def test_a_menu_does_not_open_behind_the_box_to_write_in(team: Team, page: Page) -> None:
    said = {"user": team.reachable[0], "channel": team.channel("general"), "text": "line"}
    for _ in range(10):
        team.control("POST", "say", said)
    page.goto(f"{team.sandbox.url}/w/{team.id}/c/{said['channel']}#latest")

    page.locator("details.menu summary").last.press("Enter")
    reply = page.get_by_role("link", name="Reply in a thread").last
    expect(reply).to_be_visible()

    def gap() -> float:
        menu, box = reply.bounding_box(), page.locator("form.say").bounding_box()
        assert menu and box
        return box["y"] - menu["y"] - menu["height"]

    wait_until(lambda: gap() >= 0)


def test_the_people_fit_a_phone(team: Team, page: Page) -> None:
    team.write()

    page.goto(f"{team.sandbox.url}/w/{team.id}/")

    assert page.evaluate(WIDTH) == 360


def test_a_search_below_a_message_offers_what_the_app_has(desk: Desk, page: Page) -> None:
    blocks = [{"type": "actions", "block_id": "b", "elements": [TEA["element"]]}]
    sent = desk.team.client.chat_postMessage(channel=desk.user, text="Tea?", blocks=blocks)
    page.goto(f"{desk.team.sandbox.url}/w/{desk.team.id}/c/{sent['channel']}")

    page.get_by_label("what to search for").fill("gre")
    page.keyboard.press("Enter")

    expect(page.get_by_role("option", name="Green")).to_be_attached()
    assert page.evaluate(WIDTH) == 360
