"""How far the runs are that go to one team, for those who may see it."""

import logging
from datetime import datetime, timedelta
from itertools import islice

from celery import shared_task
from django.db.models import Q, QuerySet
from django.utils import timezone

from bots.scripts.permission import is_admin
from broadcasts.models import Delivery, Run
from broadcasts.templating import escape_mrkdwn
from teams import slack
from teams.answers import Ok
from teams.models import Team

logger = logging.getLogger(__name__)

SHOWN_FOR = timedelta(days=1)
MOST_SHOWN = 5
RUNS_AT_ONCE = 50
MOST_COUNTED = 10_000


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
    return user_id == team.installer_id or is_admin(team, user_id)


def text_for(team: Team, now: datetime) -> str:
    """A line for each run to this team that is not over, or has been for less than a day.

    Only this team's deliveries are counted: what others receive is none of their business.
    """
    recent = Q(state__in=Run.UNFINISHED) | Q(finished_at__gt=now - SHOWN_FOR)
    runs = Run.objects.filter(recent).select_related("broadcast").order_by("-scheduled_for", "-pk")
    here = (run for run in runs.defer("content").iterator(RUNS_AT_ONCE) if _goes_to(run, team))
    lines = [_line(run, team) for run in islice(here, MOST_SHOWN)]
    return "\n".join(lines) or "Nothing is being sent here."


def _goes_to(run: Run, team: Team) -> bool:
    """By the teams it began with; those of its groups are known once it is being expanded."""
    return team.pk in (*run.audience["teams"], *run.audience.get("order", ()))


def _line(run: Run, team: Team) -> str:
    """How much is left and went wrong: what was sent is not counted, it may be a million rows."""
    rows = Delivery.objects.filter(run=run, team=team)
    name, word = escape_mrkdwn(run.broadcast.name), run.get_state_display().lower()
    parts = [f"• *{name}*, {run.scheduled_for:%Y-%m-%d %H:%M} UTC: {word}"]
    if run.state in (Run.State.ACTIVE, Run.State.PAUSED):
        # One question a state: each has its own partial index.
        left = sum(_count(rows.filter(state=state)) for state in Delivery.UNDECIDED)
        parts.append("still finding recipients" if run.expanded_at is None else _left(left))
    bad = [(state, _count(rows.filter(state=state))) for state in Delivery.BAD]
    return ", ".join([*parts, *(f"{_number(count)} {state}" for state, count in bad if count)])


def _count(rows: QuerySet[Delivery]) -> int:
    """Up to MOST_COUNTED and one more.

    The order is that of the index of what is ready: without it the planner, who takes states to be
    spread evenly over teams, may read the whole run to find none.
    """
    return rows.order_by("due_at", "pk")[: MOST_COUNTED + 1].count()


def _left(count: int) -> str:
    return f"{_number(count)} left" if count else "done here"


def _number(count: int) -> str:
    return f"{count:,}" if count <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"
