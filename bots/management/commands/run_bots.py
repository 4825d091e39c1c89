import asyncio
import logging
import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bots.supervisor.loop import Supervisor
from teams.models import SlackApp

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
HURRIED = 130


class Command(BaseCommand):
    help = "Listen to Slack for every enabled app in Socket Mode, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app", metavar="SLUG", default="", help="serve this app alone")
        parser.add_argument("--log-level", choices=LEVELS, help="instead of LOG_LEVEL")

    def handle(self, *args: Any, app: str, log_level: str | None, **options: Any) -> None:
        if app and not SlackApp.objects.filter(slug=app).exists():
            raise CommandError(f"There is no Slack app {app}: `manage.py slack_app list` has all.")
        if log_level:
            logging.getLogger().setLevel(log_level)
        asyncio.run(self._serve(app))

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
        await supervisor.run()
        self.stdout.write("run_bots has ended in order.")
