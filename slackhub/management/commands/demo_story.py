"""The demo's story, told to the hub and the sandbox that `make demo` has started."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from broadcasts.models import Broadcast
from slackhub.judge import judge
from slackhub.story import LOGIN, Story


class Command(BaseCommand):
    help = "Install the demo's apps in the sandbox's workspaces and send a broadcast to them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--verdict", type=Path, metavar="FILE", help="wait for the end, write the verdict there"
        )

    def handle(self, *args: object, verdict: Path | None, **options: object) -> None:
        if not settings.LOOPBACK or Broadcast.objects.exists():
            # The login has a password that everybody knows.
            raise CommandError("Only an empty hub on this machine hears the story: `make demo`.")
        started = time.monotonic()
        story = Story(self.stdout.write)
        story.make_login()
        crier, watch = story.make_app(), story.make_socket_app()
        story.install(crier)
        story.install(watch, only="tinysons")
        story.wait_for_people()
        story.wait_for_line(watch)
        story.talk(watch, "hi", "Hi ")
        story.make_bot(crier)
        story.talk(crier, "market", "• apples")
        story.talk(crier, "When is the market?", "At noon")
        broadcast = story.compose(crier)
        self._show_addresses(story)
        story.wait_for_first(broadcast)
        if verdict is not None:
            story.wait_for_end(broadcast)
            self._write(verdict, broadcast, story.slack, time.monotonic() - started)

    def _show_addresses(self, story: Story) -> None:
        name, password = LOGIN
        self.stdout.write(
            f"\n  Public page     {settings.PUBLIC_URL}/"
            f"\n  Admin           {settings.PUBLIC_URL}/admin/  ({name} / {password})"
            f"\n  Slack, locally  {story.slack}/"
            "\n  Talk to it      in a workspace there, to Town Crier: market"
            "\n  Ctrl-C ends everything.\n"
        )

    def _write(self, file: Path, broadcast: Broadcast, slack: str, seconds: float) -> None:
        verdict, reachable = judge(broadcast, slack, seconds=seconds)
        file.write_text(json.dumps(verdict.as_dict()))
        if verdict.holds(reachable):
            file.with_suffix(".ok").touch()
