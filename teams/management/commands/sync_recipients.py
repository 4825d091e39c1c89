from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from teams.models import Team
from teams.tasks import sync_team


class Command(BaseCommand):
    help = "Read the people and channels of connected teams from Slack, in the background."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "teams", nargs="*", metavar="team", help="workspace or organisation IDs; all if none"
        )

    def handle(self, *args: Any, teams: list[str], **options: Any) -> None:
        chosen = Team.objects.connected()
        if teams:
            chosen = chosen.filter(Q(team_id__in=teams) | Q(enterprise_id__in=teams))
            found = {slack_id for row in chosen for slack_id in (row.team_id, row.enterprise_id)}
            unknown = [slack_id for slack_id in teams if slack_id not in found]
            if unknown:
                raise CommandError(f"Not connected here: {', '.join(unknown)}.")
        for team in chosen:
            sync_team.delay(team.pk)
        self.stdout.write(f"Started the sync of {len(chosen)} teams.")
