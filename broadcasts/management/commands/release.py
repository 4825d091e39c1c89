from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from broadcasts import guard
from broadcasts.clock import database_now
from broadcasts.management.held import add_place, find_app, find_teams
from broadcasts.models import Engine
from teams.models import SlackApp, Team


class Command(BaseCommand):
    help = "Let the hub, one Slack app or one team post again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_place(parser)

    def handle(self, *args: Any, app: str | None, team: str | None, **options: Any) -> None:
        if app:
            self._release_app(app)
        elif team:
            self._release_team(team)
        else:
            self._release_hub()

    def _release_hub(self) -> None:
        reason = Engine.get().hold_reason
        if not reason:
            raise CommandError("The hub is not held.")
        guard.release(database_now())
        self.stdout.write(f"Released. It was held: {reason}")

    def _release_app(self, slug: str) -> None:
        app = find_app(slug)
        if not SlackApp.objects.filter(pk=app.pk, held=True).update(held=False):
            raise CommandError(f"{app} is not held.")
        self.stdout.write(f"Released: {app} posts again.")

    def _release_team(self, slack_id: str) -> None:
        teams = find_teams(slack_id)
        for team in teams:
            if Team.objects.filter(pk=team.pk).resume(database_now()):
                self.stdout.write(f"Released: {team.slack_app} posts to {team} again.")
            elif team.state == Team.State.DISCONNECTED:
                self.stderr.write(f"{team} of {team.slack_app} is disconnected: add the app again.")
            else:
                self.stderr.write(f"{team} of {team.slack_app} is not paused.")
        if all(team.state != Team.State.PAUSED for team in teams):
            raise CommandError("Nothing was changed.")
