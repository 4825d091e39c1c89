import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bots.models import Bot
from broadcasts import amending
from broadcasts.management.held import find_app, find_teams
from broadcasts.models import Saying
from broadcasts.saying import Blocks, Manner, NotSaidError, say, say_everywhere, say_to
from teams.models import Team

LOOK_EVERY_SECONDS = 0.2


class Command(BaseCommand):
    help = "Talk as a bot, and change what was said: in a channel, to a person, or everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", default="", help="what to say; the emoji of --react")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--channel", metavar="ID", help="say it in a channel: C…, or #name")
        what.add_argument("--to", metavar="ID", help="say it to a person: U…, or @name")
        what.add_argument("--everywhere", action="store_true", help="say it in all its channels")
        what.add_argument("--report", metavar="KEY", help="what became of it")
        what.add_argument("--edit", metavar="KEY", help="put the text in its place")
        what.add_argument("--delete", metavar="KEY", help="take it away")
        what.add_argument("--react", metavar="KEY", help="put an emoji under it")
        parser.add_argument("--team", metavar="ID", help="workspace (T…) or organisation (E…)")
        parser.add_argument("--app", metavar="SLUG", help="the Slack app to speak as")
        parser.add_argument("--bot", metavar="NAME", help="under this bot's shown name and icon")
        parser.add_argument("--key", default="", help="asked for again by it, nothing more is said")
        parser.add_argument("--name", default="", help="shown in the place of the bot's")
        parser.add_argument("--icon", default="", help="an emoji such as :tada:, or https://…")
        parser.add_argument("--thread", metavar="TS", default="", help="answer to this message")
        parser.add_argument("--blocks", type=Path, metavar="FILE", help="Block Kit, as JSON")
        parser.add_argument("--wait", type=float, metavar="SECONDS", default=30.0)

    def handle(self, *args: Any, text: str, **options: Any) -> None:
        blocks = _blocks(options["blocks"])
        try:
            if key := options["edit"]:
                self._tell(amending.update(_find(key), text, blocks))
            elif key := options["delete"]:
                self._tell(amending.delete(_find(key)))
            elif key := options["react"]:
                self._tell(amending.react(_find(key), text))
            elif key := options["report"]:
                self._report(_find(key), options["wait"])
            else:
                self._report(_say(text, blocks, options), options["wait"])
        except NotSaidError as error:
            raise CommandError(str(error)) from error

    def _report(self, saying: Saying, wait: float) -> None:
        """One line for each place, separated by tabs, once Slack has answered for all of them."""
        end = time.monotonic() + wait
        while not saying.is_done and time.monotonic() < end:
            time.sleep(LOOK_EVERY_SECONDS)
        lines = saying.report()
        for line in lines:
            self.stdout.write("\t".join(line))
        if any(line.state != "sent" for line in lines):
            raise CommandError(f"Not everywhere, or not yet: say --report {saying.key}")

    def _tell(self, done: amending.Amendment) -> None:
        for sentence in done.sentences():
            self.stderr.write(sentence)
        self.stdout.write(f"Changed: {done.changed}.")
        if done.left or done.refusals:
            raise CommandError(f"Left as they are: {done.left + len(done.refusals)}; ask again.")


def _say(text: str, blocks: Blocks | None, options: dict[str, Any]) -> Saying:
    bot = _bot(options["bot"], options["app"]) if options["bot"] else None
    own: Manner = bot.manner if bot else {}
    manner: Manner = {
        "key": options["key"],
        "blocks": blocks,
        "name": options["name"] or own.get("name", ""),
        "icon": options["icon"] or own.get("icon", ""),
        "thread_ts": options["thread"],
        "said_by": "manage.py say",
    }
    teams = _teams(options["team"], options["app"], bot)
    if options["everywhere"]:
        return say_everywhere(teams, text, **manner)
    if len(teams) > 1:
        raise CommandError("That is more than one installation: give --team and --app.")
    if options["to"]:
        return say_to(teams[0], options["to"], text, **manner)
    return say(teams[0], options["channel"], text, **manner)


def _teams(slack_id: str | None, slug: str | None, bot: Bot | None) -> list[Team]:
    """Those that all of them mean: the installations of a workspace, of an app, of a bot."""
    if not (slack_id or slug or bot):
        raise CommandError("Say where: give --team, --app or --bot.")
    meant = Team.objects.defer("bot_token", "refresh_token")
    if slack_id:
        meant = meant.filter(pk__in=[team.pk for team in find_teams(slack_id)])
    if slug:
        meant = meant.filter(slack_app=find_app(slug))
    if bot:
        meant = meant.filter(pk__in=bot.served().values("pk"))
    if not meant:
        raise CommandError(f"{bot or slug} is not installed there.")
    return list(meant)


def _bot(name: str, slug: str | None) -> Bot:
    """Raises CommandError that names those there are."""
    bots = Bot.objects.filter(enabled=True).select_related("slack_app")
    if slug:
        bots = bots.filter(slack_app__slug=slug)
    found = [bot for bot in bots if bot.name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"More than one bot is called {name}: give --app too.")
    names = ", ".join(bot.name for bot in bots) or "none yet"
    raise CommandError(f"No bot is called {name}. There are: {names}.")


def _find(key: str) -> Saying:
    saying = Saying.objects.filter(key=key).first()
    if saying is None:
        raise CommandError(f"Nothing was said by the key {key}.")
    return saying


def _blocks(file: Path | None) -> Blocks | None:
    if file is None:
        return None
    try:
        blocks: Blocks = json.loads(file.read_text())
    except OSError as error:
        raise CommandError(f"The blocks cannot be read: {error}") from error
    except ValueError as error:
        raise CommandError(f"The blocks are no JSON: {error}") from error
    return blocks
