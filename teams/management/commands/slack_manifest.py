import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from teams.manifest import manifest
from teams.models import SlackApp


class Command(BaseCommand):
    help = "Print an app's manifest as JSON, ready to paste at api.slack.com/apps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="as `slack_app list` shows it")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        app = SlackApp.objects.filter(slug=slug).first()
        if app is None:
            known = ", ".join(SlackApp.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"No Slack app is called {slug!r}; there is: {known}.")
        self.stdout.write(json.dumps(manifest(app, settings.PUBLIC_URL), indent=2))
