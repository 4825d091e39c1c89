from typing import Any

from bots.scripts import Script, Veto

bot = Script()
heard: list[tuple[str, str]] = []


@bot.hook("installing")
def broken() -> None:
    raise RuntimeError("no tea")


@bot.hook("installing")
def guard(grant: Any) -> None:
    heard.append(("installing", grant.name))
    if grant.name == "Forbidden":
        raise Veto("Only <tea> shops may.")


@bot.hook("installed")
def failing() -> None:
    raise RuntimeError("no tea")


@bot.hook("installed")
def installed(team: Any, say: Any) -> None:
    heard.append(("installed", team.name))


@bot.hook("reinstalled")
def reinstalled(team: Any) -> None:
    heard.append(("reinstalled", team.name))


@bot.hook("disconnected")
def disconnected(team: Any) -> None:
    heard.append((team.state, team.name))


@bot.hook("error")
def failed(team: Any, error: str) -> None:
    heard.append((error, team.name))


@bot.command("break")
def break_() -> None:
    raise RuntimeError("a broken cup")


@bot.command("hear")
def hear(say: Any) -> None:
    say("I hear.")
