"""Hears bots and itself, unless a listener says otherwise."""

from typing import Any

from bots.replies import Say
from bots.scripts import Hears, Script

bot = Script(hears=Hears.BOTS | Hears.ITSELF)


@bot.command("count")
def count(say: Say) -> None:
    say("Counted.")


@bot.command("shy", hears=Hears.PEOPLE)
def shy(say: Say) -> None:
    say("Only to people.")


@bot.event("reaction_added", "reaction_added", "reaction_removed")
def reacted(event: dict[str, Any], say: Say) -> None:
    say(f"{event['type']} {event['reaction']}")
