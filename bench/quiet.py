"""The bot of the figures about listening: it hears, and says nothing that Slack would count."""

from bots.scripts import Script

bot = Script()


@bot.command("hush")
def hush() -> None:
    """Heard, and done with."""
