"""The bot of the figures about listening."""

from bots.replies import Say
from bots.scripts import Said, Script

bot = Script()


@bot.command("hush")
def hush() -> None:
    """Heard, and done with."""


@bot.command("echo")
def echo(said: Said, say: Say) -> None:
    say(said.rest)
