from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from broadcasts.clock import database_now
from broadcasts.management.held import add_place, find_app, find_teams
from broadcasts.models import Engine
from teams.models import SlackApp, Team
from teams.models.team import BY_STAFF


class Command(BaseCommand):
    help = "Stop all posts of the hub, of one Slack app or of one team."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_place(parser)
        parser.add_argument("--reason", default="", help="shown to staff; not kept for an app")

    def handle(self, *args: Any, app: str | None, team: str | None, **options: Any) -> None:
        reason = " ".join(options["reason"].split())
        if app:
            self._hold_app(app, reason)
        elif team:
            self._hold_team(team, f"{BY_STAFF}: {reason}" if reason else f"{BY_STAFF}.")
        else:
            self._hold_hub(f"Held by staff: {reason}" if reason else "Held by staff.")

    @transaction.atomic
    def _hold_hub(self, reason: str) -> None:
        Engine.get()
        engine = Engine.objects.select_for_update().get()
        if engine.hold_reason:
            raise CommandError(f"The hub is held already. {engine.hold_reason}")
        engine.hold(reason, database_now())
        self.stdout.write("Held: nothing is posted by this hub until `manage.py release`.")

    def _hold_app(self, slug: str, reason: str) -> None:
        if reason:
            raise CommandError("An app keeps no reason: leave --reason out.")
        app = find_app(slug)
        if not SlackApp.objects.filter(pk=app.pk, held=False).update(held=True):
            raise CommandError(f"{app} is held already.")
        self.stdout.write(f"Held: nothing is posted by {app}.")

    def _hold_team(self, slack_id: str, reason: str) -> None:
        teams = find_teams(slack_id)
        for team in teams:
            if Team.objects.filter(pk=team.pk).pause(reason[:255], database_now()):
                self.stdout.write(f"Paused: nothing is posted to {team} by {team.slack_app}.")
            else:
                self.stderr.write(f"{team} of {team.slack_app} is {team.state} already.")
        if all(team.state != Team.State.CONNECTED for team in teams):
            raise CommandError("Nothing was changed.")
