"""Listeners of every rank, the last to be asked first."""

from bots.replies import Say
from bots.scripts import Script

bot = Script()


@bot.otherwise()
def anything(say: Say) -> None:
    say("By anything.")


@bot.match(r"^(green|black) tea$")
def pattern(say: Say) -> None:
    say("By a pattern.")


@bot.command("green")
def named(say: Say) -> None:
    say("By name.")
