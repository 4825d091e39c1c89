import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q

from teams.models import SlackApp, Team

# Secrets never stand on the command line, where every user of the machine can read them.
SECRETS = {
    "client_secret": "SLACK_CLIENT_SECRET",
    "signing_secret": "SLACK_SIGNING_SECRET",
}
APP_TOKEN = {"app_token": "SLACK_APP_TOKEN"}


class Command(BaseCommand):
    help = "Add or list the Slack apps that this hub serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="one line for each app")
        add = actions.add_parser(
            "add",
            help="register an app; its secrets are asked for, or taken from "
            + ", ".join([*SECRETS.values(), *APP_TOKEN.values()]),
        )
        add.add_argument("slug", help="stands in the app's addresses: /slack/<slug>/events")
        add.add_argument("--name", required=True, help="as registered at Slack")
        add.add_argument("--app-id", required=True, help="starts with A")
        add.add_argument("--client-id", required=True)
        add.add_argument("--scopes", help="comma-separated; by default what broadcasts need")
        add.add_argument("--socket", action="store_true", help="Socket Mode instead of HTTP")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "list":
            self._list()
        else:
            self._add(options)

    def _list(self) -> None:
        living = Count("teams", filter=~Q(teams__state=Team.State.DISCONNECTED))
        apps = SlackApp.objects.annotate(living=living).order_by("slug")
        columns = ("slug", "app_id", "transport", "enabled", "living", "name")
        for slug, app_id, transport, enabled, teams, name in apps.values_list(*columns):
            state = "enabled" if enabled else "disabled"
            self.stdout.write("\t".join((slug, app_id, transport, state, f"{teams} teams", name)))

    def _add(self, options: dict[str, Any]) -> None:
        transport = SlackApp.Transport.SOCKET if options["socket"] else SlackApp.Transport.HTTP
        app = SlackApp(
            slug=options["slug"],
            name=options["name"],
            app_id=options["app_id"],
            client_id=options["client_id"],
            transport=transport,
        )
        if options["scopes"]:
            app.scopes = options["scopes"]
        for field, variable in (SECRETS | (APP_TOKEN if options["socket"] else {})).items():
            setattr(app, field, _secret(variable))
        try:
            app.full_clean()
        except ValidationError as error:
            lines = [f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
            raise CommandError("The app was not added.\n" + "\n".join(lines)) from error
        app.save()
        base = f"{settings.PUBLIC_URL}/slack/{app.slug}"
        self.stdout.write(
            f"Added {app.name}.\n"
            f"Paste its manifest at Slack: manage.py slack_manifest {app.slug}\n"
            f"Install it in a workspace: {base}/install"
        )


def _secret(variable: str) -> str:
    """From the environment, or asked for where somebody can answer."""
    value = os.environ.get(variable, "")
    if not value and sys.stdin.isatty():
        value = getpass(f"{variable}: ")
    if not value.strip():
        raise CommandError(f"Set {variable}, or run this in a terminal to be asked for it.")
    return value.strip()
