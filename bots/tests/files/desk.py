"""Slash commands, buttons, shortcuts and a form."""

import re
from threading import Event
from typing import Any

from slack_bolt import Ack

from bots.scripts import Script

bot = Script()
# Held by tests, so that a listener takes as long as they like.
gate = Event()
looked_up = Event()
runs: list[str] = []

FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Tea"},
    "submit": {"type": "plain_text", "text": "Brew"},
    "blocks": [
        {
            "type": "input",
            "block_id": "kind",
            "label": {"type": "plain_text", "text": "Kind"},
            "element": {"type": "plain_text_input", "action_id": "kind"},
        }
    ],
}


@bot.bolt.command(re.compile(r"^/"))
def anything(command: dict[str, Any], respond: Any) -> None:
    respond(f"What is {command['command']}?")


@bot.bolt.command("/tea")
def tea(command: dict[str, Any], respond: Any) -> None:
    runs.append("tea")
    respond(f"Tea: {command['text']}")


@bot.bolt.command("/slow")
def slow(respond: Any) -> None:
    gate.wait(10)
    respond("At last.")


@bot.bolt.command("/blocked")
def blocked(ack: Ack, respond: Any) -> None:
    gate.wait(10)
    respond("Very late.")


@bot.bolt.command("/broken")
def broken() -> None:
    raise RuntimeError("a secret trace")


@bot.bolt.command("/form")
def form(ack: Ack, client: Any, body: dict[str, Any]) -> None:
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=FORM)


@bot.bolt.view("form")
def submitted(ack: Ack, view: dict[str, Any], respond: Any) -> None:
    kind = view["state"]["values"]["kind"]["kind"]["value"]
    if kind == "coffee":
        ack(response_action="errors", errors={"kind": "Tea only."})
    else:
        ack()
        respond(f"Brewing {kind}.")


@bot.bolt.action(re.compile("^pour_"))
def poured(action: dict[str, Any], respond: Any) -> None:
    respond(f"Poured {action['action_id']}.")


@bot.bolt.options("sort")
def sorts(ack: Ack, payload: dict[str, Any]) -> None:
    text = payload["value"].title()
    ack(options=[{"text": {"type": "plain_text", "text": text}, "value": text}])


@bot.bolt.shortcut("brew")
def brewed(respond: Any) -> None:
    respond("Brewed.")


@bot.bolt.options("kinds")
def kinds(ack: Ack) -> None:
    looked_up.set()
    gate.wait(0.2)
    ack(options=[])


@bot.bolt.action("stir")
def stirred(ack: Ack) -> None:
    ack()
    runs.append("stir")
