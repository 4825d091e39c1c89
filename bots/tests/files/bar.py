"""Shortcuts, buttons in messages and forms, and a command that is answered at once."""

from typing import Any

from slack_bolt import Ack

from bots.scripts import Script

bot = Script()
DRINKS = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}}
        for name in ("drink", "spill")
    ],
}
MENU = {"type": "modal", "title": {"type": "plain_text", "text": "Menu"}, "blocks": [DRINKS]}


@bot.bolt.command("/quick")
def quick(ack: Ack, command: dict[str, Any]) -> None:
    ack(f"{command['text']}, coming")


@bot.bolt.command("/menu")
def menu(ack: Ack, client: Any, body: dict[str, Any]) -> None:
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=MENU)


@bot.bolt.action("drink")
def drunk(respond: Any) -> None:
    respond("Drunk.")


@bot.bolt.action("spill")
def spilt(respond: Any) -> None:
    respond("Spilt.")


@bot.bolt.global_shortcut("order")
def ordered(respond: Any) -> None:
    respond("Ordered.")


@bot.bolt.message_shortcut("order")
def ordered_that(shortcut: dict[str, Any], respond: Any) -> None:
    respond(f"Ordered {shortcut['message']['text']}.")


@bot.bolt.message_shortcut("return")
def returned(respond: Any) -> None:
    respond("Returned.")
