from bots.replies import Say
from bots.scripts import Script

bot = Script()


@bot.command("both")
def both(say: Say) -> None:
    say("Second.")


@bot.command("tomato")
def tomato(say: Say) -> None:
    say("My own tomato.")


@bot.command("mute")
def mute(say: Say) -> None:
    say("...")
