"""How far the runs are that go to one team, for those who may see it."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from celery import shared_task
from django.db.models import Count, Q
from django.utils import timezone

from broadcasts.models import Delivery, Run
from broadcasts.templating import escape_mrkdwn
from teams import slack
from teams.answers import Ok
from teams.models import Team

logger = logging.getLogger(__name__)

SHOWN_FOR = timedelta(days=1)
MOST_SHOWN = 5


@shared_task
def tell(team_pk: int, user_id: str, response_url: str) -> None:
    """Answer a command with the status, or with why there is none for this person."""
    team = Team.objects.select_related("slack_app").get(pk=team_pk)
    if is_allowed(team, user_id):
        text = text_for(team, timezone.now())
    else:
        text = "Only whoever installed me, and the admins of this workspace, may see that."
    answer = slack.respond(response_url, {"text": text, "replace_original": True})
    if not isinstance(answer, Ok):
        logger.warning("No status for %s in %s: %s", user_id, team, answer.sentence)


def is_allowed(team: Team, user_id: str) -> bool:
    """Slack is asked each time: nobody stays an admin here longer than there."""
    if user_id == team.installer_id:
        return True
    answer = slack.for_team(team).call("users.info", user=user_id)
    person = answer.data.get("user") if isinstance(answer, Ok) else None
    return isinstance(person, Mapping) and bool(person.get("is_admin") or person.get("is_owner"))


def text_for(team: Team, now: datetime) -> str:
    """A line for each run to this team that is not over, or has been for less than a day.

    Only this team's deliveries are counted: what others receive is none of their business.
    """
    recent = Q(state__in=Run.UNFINISHED) | Q(finished_at__gt=now - SHOWN_FOR)
    runs = Run.objects.filter(recent).select_related("broadcast").order_by("-scheduled_for", "-pk")
    here = [run for run in runs if _goes_to(run, team)][:MOST_SHOWN]
    return "\n".join(_line(run, team) for run in here) or "Nothing is being sent here."


def _goes_to(run: Run, team: Team) -> bool:
    """By the teams it began with; those of its groups are known once it is being expanded."""
    return team.pk in (*run.audience["teams"], *run.audience.get("order", ()))


def _line(run: Run, team: Team) -> str:
    rows = Delivery.objects.filter(run=run, team=team).order_by()
    counts = dict(rows.values_list("state").annotate(Count("pk")))
    total = sum(counts.values())
    left = sum(counts.get(state, 0) for state in Delivery.UNDECIDED)
    bad = ", ".join(f"{counts[state]} {state}" for state in Delivery.BAD if state in counts)
    name, word = escape_mrkdwn(run.broadcast.name), run.get_state_display().lower()
    line = f"• *{name}*, {run.scheduled_for:%Y-%m-%d %H:%M} UTC: {word}, {total - left} of {total}"
    return f"{line} done{f', {bad}' if bad else ''}"
