"""Reading the people and channels of teams, in the background."""

from celery import shared_task
from django.utils import timezone

from teams import sync
from teams.models import Team


@shared_task
def sync_team(team_pk: int) -> None:
    """One stretch of a team's sync; comes back by itself when Slack asks to wait."""
    wait = sync.advance(team_pk)
    if wait is not None:
        sync_team.apply_async((team_pk,), countdown=wait)


@shared_task
def sync_all() -> None:
    """Starts the syncs that are due, and takes up those whose message or worker was lost."""
    due = Team.objects.due_for_sync(timezone.now()).order_by("pk")
    for team_pk in due.values_list("pk", flat=True).iterator():
        sync_team.delay(team_pk)
