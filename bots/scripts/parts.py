"""Which scripts serve a team, in the order in which they are asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg

from bots.models import Bot
from bots.scripts import canned, core
from bots.scripts.listener import Function, Listener
from bots.scripts.loading import load
from bots.scripts.script import Script
from teams.models import SlackApp, Team


@dataclass(frozen=True)
class Part:
    """One script of one bot; some belong to none: what every hub knows, and staff's replies."""

    script: Script
    bot: Bot | None = None
    team_pks: frozenset[int] = frozenset()
    more_names: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Another one when the bot's row or its file has changed."""
        bot = self.bot
        row = (bot.pk, bot.name, bot.answers_unknown, bot.identity) if bot else ()
        return f"{row}:{id(self.script)}:{sorted(self.team_pks)}"

    def serves(self, team: Team) -> bool:
        return not self.team_pks or team.pk in self.team_pks

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called in a channel, besides the mention."""
        own = [self.bot.name] if self.bot else []
        return (*self.script.aliases, *own, *self.more_names)


def parts_on(slack_app: SlackApp) -> list[Part]:
    """Of every enabled bot of the app; a file that cannot be loaded is left out.

    A bot's replies come before its files.
    """
    teams = ArrayAgg("teams", distinct=True, default=[])
    bots: Iterable[Any] = Bot.objects.enabled_on(slack_app).with_replies().annotate(team_pks=teams)
    parts = [Part(canned.script)]
    for bot in bots:
        team_pks = frozenset(pk for pk in bot.team_pks if pk is not None)
        scripts = [script for name in bot.module_names if (script := load(name).script)]
        if bot.has_replies:
            aliases = tuple(alias for script in scripts for alias in script.aliases)
            parts.append(Part(canned.script, bot, team_pks, aliases))
        parts += [Part(script, bot, team_pks) for script in scripts]
    return [*parts, Part(core.script)]


def parts_for(team: Team) -> list[Part]:
    return serving(parts_on(team.slack_app), team)


def serving(parts: list[Part], team: Team) -> list[Part]:
    """Those of an app's parts that serve this team; what is no bot's answers to all their names."""
    here = [part for part in parts if part.serves(team)]
    names = tuple(name for part in here for name in part.names)
    return [part if part.bot else replace(part, more_names=names) for part in here]


def listeners_of(parts: list[Part]) -> list[tuple[Part, Listener]]:
    """Names before patterns before what takes anything; the order of the bots within each."""
    pairs = [(part, listener) for part in parts for listener in part.script.listeners]
    return sorted(pairs, key=lambda pair: pair[1].rank)


def event_functions(parts: list[Part], kind: str) -> Iterator[tuple[Part, Function]]:
    for part in parts:
        for wanted, function in part.script.events:
            if wanted == kind:
                yield part, function
