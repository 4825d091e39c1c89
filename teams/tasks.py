"""What is done for teams in the background: reading their people, renewing their tokens."""

from celery import shared_task
from django.utils import timezone

from teams import renewal, sync
from teams.models import Team

# Workers that are further behind do not find it more than a few times over.
RESUME_EXPIRES_SECONDS = 300


@shared_task
def sync_team(team_pk: int) -> None:
    """One stretch of a team's sync; comes back by itself when Slack asks to wait."""
    _come_back(team_pk, sync.advance(team_pk))


@shared_task
def sync_all() -> None:
    """Starts the syncs that are due."""
    due = Team.objects.due_for_sync(timezone.now()).order_by("pk")
    for team_pk in due.values_list("pk", flat=True).iterator():
        sync_team.delay(team_pk)


@shared_task
def resume_syncs() -> None:
    """Takes up the syncs whose message or worker was lost."""
    stalled = Team.objects.sync_stalled(timezone.now()).order_by("pk")
    for team_pk in stalled.values_list("pk", flat=True).iterator():
        resume_sync.apply_async((team_pk,), expires=RESUME_EXPIRES_SECONDS)


@shared_task
def resume_sync(team_pk: int) -> None:
    """The same for a sync that stands still."""
    _come_back(team_pk, sync.advance(team_pk, only_stalled=True))


@shared_task
def renew_token(team_pk: int) -> None:
    renewal.renew(team_pk, timezone.now())


def _come_back(team_pk: int, wait: float | None) -> None:
    if wait is not None:
        sync_team.apply_async((team_pk,), countdown=wait)
