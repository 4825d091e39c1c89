import asyncio
import logging
import os
import signal
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from bots.supervisor.loop import Supervisor
from teams.daemons import new_event_loop, spare_collector
from teams.models import SlackApp

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Exit codes.
WRONG, UNFINISHED, HURRIED = 2, 3, 130


def _check(slug: str) -> bool:
    """Whether there is something to listen for now."""
    apps = SlackApp.objects.filter(slug=slug)
    try:
        known = apps.values_list("enabled", "transport").first()
    except OperationalError as error:
        reason = str(error).partition("\n")[0]
        raise CommandError(f"The database does not answer: {reason}") from error
    if known is None:
        sentence = f"There is no Slack app {slug}: `manage.py slack_app list` has all."
        raise CommandError(sentence, returncode=WRONG)
    return known == (True, SlackApp.Transport.SOCKET)


class Command(BaseCommand):
    help = "Listen to Slack for every enabled app in Socket Mode, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app", metavar="SLUG", default="", help="serve this app alone")
        parser.add_argument("--log-level", choices=LEVELS, help="instead of LOG_LEVEL")

    def handle(self, *args: Any, app: str, log_level: str | None, **options: Any) -> None:
        if log_level:
            logging.getLogger().setLevel(log_level)
        if app and not _check(app):
            self.stderr.write(f"{app} is switched off, or not in Socket Mode: waiting until it is.")
        spare_collector()
        asyncio.run(self._serve(app), loop_factory=new_event_loop)

    async def _serve(self, app: str) -> None:
        supervisor = Supervisor(app)
        loop = asyncio.get_running_loop()
        signals = iter((supervisor.stop,))

        def obey() -> None:
            """The first signal ends in order, another one at once."""
            next(signals, lambda: os._exit(HURRIED))()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, obey)
        self.stdout.write("run_bots has begun.")
        self.stdout.flush()
        if not await supervisor.run():
            self._give_up()
        self.stdout.write("run_bots has ended in order.")

    def _give_up(self) -> NoReturn:
        """The threads that wait for the database would keep the process for as long as they do."""
        self.stderr.write("run_bots has ended, and the database or Redis did not answer.")
        self.stderr.write("What it has acknowledged is in the inbox; Slack sends the rest again.")
        for stream in (self.stdout, self.stderr):
            stream.flush()
        logging.shutdown()
        os._exit(UNFINISHED)
