from typing import Any

from bots.scripts import Script

bot = Script()
ticks: list[str] = []


@bot.every(seconds=30, at_start=True)
def broken() -> None:
    raise RuntimeError("a broken clock")


@bot.every(seconds=30, at_start=True)
def tick(teams: Any, bot: Any) -> None:
    ticks.append(",".join(team.name for team in teams))


@bot.every(hours=1)
def hourly() -> None:
    ticks.append("hour")


@bot.every(days=1)
def daily() -> None:
    ticks.append("day")
