"""Sells fruit.

More about fruit.
"""

from typing import Any

from bots.replies import Say
from bots.scripts import ADMINS, GO_ON, INSTALLER, STOP, Hears, Said, Script

bot = Script(aliases=("🍵", "чай", "c++", ":tea:"))


@bot.command("tomato", "🍅", "помидор")
def tomato(said: Said, say: Say) -> None:
    """sells one tomato

    or the kind that follows: tomato red
    """
    say(f"One tomato: {said.rest}")


@bot.command("tomatoes")
def tomatoes(say: Say) -> None:
    """sells tomatoes"""
    say("Many tomatoes.")


@bot.command("(")
def bracket(say: Say) -> None:
    say("A bracket.")


@bot.match(r"^weather in (?P<place>\w+)\?$")
def weather(said: Said, say: Say) -> None:
    assert said.match
    say(f"Rain in {said.match['place']}.")


@bot.scan(r"\b[A-Z]+-\d+\b")
def tickets(said: Said, say: Say) -> None:
    say(" and ".join(said.found))


@bot.operator("=")
def calculate(said: Said, say: Say) -> None:
    say(f"You ask for {said.rest}.")


@bot.attachment(r"deploy (?P<what>\w+)", hears=Hears.BOTS)
def deployed(said: Said, say: Say) -> None:
    assert said.match
    say(f"Deployed: {said.match['what']}")


@bot.attachment(r"alarm", fields=("footer",), hears=Hears.BOTS)
def alarm(say: Say) -> None:
    say("Alarm!")


@bot.command("echo", hears=Hears.BOTS | Hears.EDITS)
def echo(said: Said, say: Say) -> None:
    say(f"Echo: {said.rest}")


@bot.command("keys", only=[INSTALLER])
def keys(say: Say) -> None:
    say("Here are the keys.")


@bot.command("safe", only=[ADMINS, "ann@example.com"], refusal="Only admins may.")
def safe(say: Say) -> None:
    say("The safe is open.")


@bot.command("break")
def break_() -> None:
    raise RuntimeError("a secret trace")


@bot.command("both")
def both(say: Say) -> object:
    say("First.")
    return GO_ON


@bot.file()
def filed(said: Said, say: Say) -> None:
    say(f"Filed {said.files[0]['name']}.")


@bot.command("shout")
def shout(say: Say) -> None:
    say("loud")
    say("louder", username="Shouter", icon_emoji=":mega:")


@bot.event("reaction_added", "reaction_removed")
def reacted(event: dict[str, Any], say: Say) -> object:
    say(f"{event['type']} {event['reaction']}")
    return STOP if event["reaction"] == "stop" else None


@bot.event("reaction_added")
def reacted_again(say: Say) -> None:
    say("again")
