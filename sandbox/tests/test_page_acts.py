"""What a person does on the pages, without any script: commands, reactions, modals, the Home."""

import re
from typing import Any

import pytest
from slack_bolt import Ack

from sandbox.tests.conftest import APP, Team
from sandbox.tests.listening import Listener
from sandbox.tests.test_modals import COLOR, NAME, PRESS, modal, plain
from sandbox.tests.test_pages import send_form

SHORTCUTS = [
    {"type": "global", "name": "New order", "callback_id": "start"},
    {"type": "message", "name": "Remember this", "callback_id": "keep"},
]


class Visitor:
    """A person with a browser without scripts, in #general with the app."""

    def __init__(self, team: Team, bot: Listener) -> None:
        self.team, self.bot, self.user = team, bot, team.reachable[0]
        team.control("POST", "channels/general/members", {"app_id": APP})
        team.sandbox.control("PUT", f"apps/{APP}", {"shortcuts": SHORTCUTS})
        self.path = f"c/{team.channel('general')}"

    def see(self, path: str = "") -> str:
        return self.team.page(f"{path or self.path}?as={self.user}")

    def send(self, path: str, **form: str) -> str:
        """Send a form and follow to the page that comes after it."""
        status, place, body = send_form(self.team, path, {"as": self.user} | form)
        if status != 303:
            return body
        return self.team.page(place.removeprefix(f"/w/{self.team.id}/"))

    def do(self, what: str, **form: str) -> str:
        return self.send(f"{self.path}/{what}", **form)

    def hidden(self, page: str) -> dict[str, str]:
        """The hidden fields of the form of a view."""
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))

    def opens(self, view: dict[str, Any]) -> None:
        """The app opens this modal in answer to its shortcut."""

        @self.bot.bolt.shortcut("start")
        def start(ack: Ack, body: dict[str, Any]) -> None:
            ack()
            self.team.client.views_open(trigger_id=body["trigger_id"], view=view)


@pytest.fixture
def visitor(team: Team, heard: Listener) -> Visitor:
    return Visitor(team, heard)


def test_typing_a_command(visitor: Visitor) -> None:
    visitor.bot.bolt.command("/go")(lambda ack, command: ack(f"Going {command['text']}"))

    shown = visitor.do("say", text="/go to <bed>")

    assert "The app answered the command." in shown
    assert "Going to &lt;bed&gt;" in shown and "Only visible to you" in shown
    assert visitor.bot.of_type("message") == []


def offers_teas(visitor: Visitor) -> None:
    url = {"options_load_url": visitor.bot.url}
    visitor.team.sandbox.control("PUT", f"apps/{APP}", url)
    options = [{"text": plain("Green"), "value": "g"}]
    visitor.bot.bolt.options("tea")(lambda ack: ack(options=options))
    visitor.bot.bolt.action("tea")(lambda ack: ack())


TEA = {"type": "external_select", "action_id": "tea", "placeholder": plain("Which tea?")}


def test_searching_in_a_message_and_choosing(visitor: Visitor) -> None:
    offers_teas(visitor)
    blocks = [{"type": "actions", "block_id": "b", "elements": [TEA]}]
    sent = visitor.team.client.chat_postMessage(channel="general", text="Tea?", blocks=blocks)
    place = {"ts": str(sent["ts"]), "block_id": "b", "action_id": "tea"}

    shown = visitor.do("suggest", **place, value="gre")
    visitor.do("press", **place, value="g")

    assert '<option value="g">Green</option>' in shown
    (body,) = visitor.bot.of_type("block_actions")
    assert body["actions"][0]["selected_option"]["value"] == "g"


def test_searching_in_a_modal(visitor: Visitor) -> None:
    offers_teas(visitor)
    field = {"type": "input", "block_id": "b", "label": plain("Tea"), "element": TEA}
    visitor.opens(modal(blocks=[NAME, field]))
    visitor.bot.bolt.view("form")(lambda ack: ack())
    shown = visitor.do("shortcut", shortcut=f"{APP} start")

    short = visitor.send("modal", **visitor.hidden(shown), do="search 1", e0="Ada", q1="g")
    found = visitor.send("modal", **visitor.hidden(short), do="search 1", e0="Ada", q1="gre")
    visitor.send("modal", **visitor.hidden(found), do="submit", e0="Ada", e1="g")

    assert "Please type at least 3 characters." in short
    assert '<option value="g">Green</option>' in found and 'value="Ada"' in found
    (body,) = visitor.bot.of_type("view_submission")
    assert body["view"]["state"]["values"]["b"]["tea"]["selected_option"]["value"] == "g"


def test_typing_a_command_that_no_app_has(visitor: Visitor) -> None:
    visitor.team.sandbox.control("PUT", f"apps/{APP}", {"commands": []})

    assert "not a valid command" in visitor.do("say", text="/go")


def test_known_commands_are_offered(visitor: Visitor) -> None:
    commands = [{"command": "/go", "description": "Goes"}]
    visitor.team.sandbox.control("PUT", f"apps/{APP}", {"commands": commands})

    assert '<option value="/go ">Goes</option>' in visitor.see()


def test_answering_in_a_thread(visitor: Visitor) -> None:
    said = {"user": visitor.user, "text": "first", "channel": "general"}
    ts = visitor.team.control("POST", "say", said)["ts"]

    assert "Write to a thread in" in visitor.team.page(f"{visitor.path}?thread={ts}")
    shown = visitor.do("say", text="second", thread=ts)

    assert "reply in a thread" in shown


def test_reacting_and_taking_it_back(visitor: Visitor) -> None:
    said = {"user": visitor.user, "text": "first", "channel": "general"}
    ts = visitor.team.control("POST", "say", said)["ts"]

    reacted = visitor.do("react", ts=ts, name="tada")
    taken_back = visitor.do("react", ts=ts, name="tada")

    assert 'value="tada" aria-pressed="true"' in reacted
    assert "aria-pressed" not in taken_back
    assert len(visitor.team.events("reaction_removed")) == 1


def test_choosing_in_a_message(visitor: Visitor) -> None:
    select = COLOR["element"] | {"action_id": "press_me"}  # type: ignore[operator]
    blocks = [{"type": "actions", "block_id": "b", "elements": [select]}]
    ts = visitor.team.client.chat_postMessage(channel="general", text="x", blocks=blocks)["ts"]

    form = {"ts": str(ts), "block_id": "b", "action_id": "press_me", "value": "green"}
    shown = visitor.do("press", **form)

    assert '<option value="green" selected>' in shown
    (body,) = visitor.bot.of_type("block_actions")
    assert body["actions"][0]["selected_option"]["value"] == "green"
    assert "choose one of" in visitor.do("press", **form | {"value": "blue"})


def test_message_shortcut(visitor: Visitor) -> None:
    visitor.bot.bolt.shortcut("keep")(lambda ack: ack())
    said = {"user": visitor.user, "text": "first", "channel": "general"}
    ts = visitor.team.control("POST", "say", said)["ts"]

    assert "Remember this" in visitor.see()
    shown = visitor.do("shortcut", ts=ts, shortcut=f"{APP} keep")

    assert "The app answered the shortcut." in shown
    assert visitor.bot.of_type("message_action")[0]["message"]["text"] == "first"


def test_shortcut_leads_to_the_modal_and_back(visitor: Visitor) -> None:
    visitor.opens(modal("Order", blocks=[NAME, COLOR]))
    visitor.bot.bolt.view("form")(lambda ack: ack())

    shown = visitor.do("shortcut", shortcut=f"{APP} start")
    assert '<h1 id="window-title">Order</h1>' in shown
    assert '<label for="e0">Name</label>' in shown
    after = visitor.send("modal", **visitor.hidden(shown), e0="Ada", e1="red")

    (body,) = visitor.bot.of_type("view_submission")
    values = body["view"]["state"]["values"]
    assert values["name"]["typed"]["value"] == "Ada"
    assert values["color"]["picked"]["selected_option"]["value"] == "red"
    assert "<h1><bdi>#general</bdi></h1>" in after


def test_errors_stand_below_their_inputs(visitor: Visitor) -> None:
    visitor.opens(modal("Order", blocks=[NAME]))
    answer = {"response_action": "errors", "errors": {"name": "Too short"}}
    visitor.bot.bolt.view("form")(lambda ack: ack(**answer))
    shown = visitor.do("shortcut", shortcut=f"{APP} start")

    shown = visitor.send("modal", **visitor.hidden(shown), e0="A")

    assert re.search(r'<input id="e0"[^>]* value="A"[^>]* aria-describedby="error-0"', shown)
    assert '<p class="error" id="error-0" role="alert">Too short</p>' in shown


def test_modal_that_is_open_is_announced(visitor: Visitor) -> None:
    visitor.opens(modal("Order"))
    visitor.do("shortcut", shortcut=f"{APP} start")

    assert "has opened a window: <bdi>Order</bdi>" in visitor.see()


def test_pressing_and_closing_in_a_modal(visitor: Visitor) -> None:
    visitor.opens(modal("Order", blocks=[NAME, PRESS]))
    shown = visitor.do("shortcut", shortcut=f"{APP} start")

    shown = visitor.send("modal", **visitor.hidden(shown), e0="kept", do="press 1")
    assert 'value="kept"' in shown
    assert len(visitor.bot.of_type("block_actions")) == 1

    after = visitor.send("modal", **visitor.hidden(shown), do="close")
    assert "<h1><bdi>#general</bdi></h1>" in after


def test_form_of_an_older_version_changes_nothing(visitor: Visitor) -> None:
    visitor.opens(modal("Order", blocks=[NAME]))
    shown = visitor.do("shortcut", shortcut=f"{APP} start")
    view = visitor.team.control("GET", f"users/{visitor.user}/views")["stack"][0]
    visitor.team.client.views_update(view_id=view["id"], view=modal("New"))

    after = visitor.send("modal", **visitor.hidden(shown), e0="late")

    assert '<h1 id="window-title">New</h1>' in after
    assert visitor.bot.of_type("view_submission") == []


def test_home_tab(team: Team, listener: Listener) -> None:
    """The page waits for what the app publishes when it hears that it was opened."""
    section = {"type": "section", "text": plain("Yours"), "accessory": PRESS["elements"][0]}

    def publish(body: dict[str, Any], next: Any) -> None:
        if body.get("event", {}).get("tab") == "home":
            view = {"type": "home", "blocks": [section]}
            team.client.views_publish(user_id=body["event"]["user"], view=view)
        next()

    listener.bolt.use(publish)
    team.sandbox.control("PUT", f"apps/{APP}", {"request_url": listener.url})
    path = f"home/{APP}"
    visitor = Visitor(team, listener)

    shown = visitor.see(path)
    assert "Yours" in shown
    after = visitor.send(path, **visitor.hidden(shown), do="press 0")

    assert "The app answered the press of the button." in after
    assert len(listener.of_type("block_actions")) == 1


def test_home_of_an_app_that_publishes_none(team: Team) -> None:
    assert "published nothing" in team.page(f"home/{APP}")


def test_opening_the_dm_is_told(visitor: Visitor) -> None:
    visitor.team.page(f"dm/{APP}/{visitor.user}")

    assert len(visitor.team.events("app_home_opened")) == 1


def test_removing_the_app(visitor: Visitor) -> None:
    shown = visitor.do("remove", app=APP)

    assert "Add <bdi>Test App</bdi> to this channel" in shown
    assert len(visitor.team.events("channel_left")) == 1
