"""What the page of a run shows of its progress, as plain values for template and JSON alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from broadcasts.estimates import PACE, lane_end
from broadcasts.models import Delivery, Engine, Progress, Run
from teams.models import Team

State = Delivery.State
MOST_TEAMS = 50


def progress_of(run: Run, now: datetime) -> dict[str, Any]:
    progress = run.progress(now)
    return {
        "state": run.state,
        "sentence": _sentence(run, progress, now),
        "is_moving": run.state in Run.UNFINISHED,
        "percent": progress.percent,
        "total": progress.total,
        "counts": [
            {"state": state.value, "word": state.label, "count": progress.counts.get(state, 0)}
            for state in State
        ],
        "teams": _teams(run, now),
    }


def _sentence(run: Run, progress: Progress, now: datetime) -> str:
    parts = [run.get_state_display()]
    if run.state_reason:
        parts[0] += f": {run.state_reason.rstrip('.')}"
    if run.removal_began_at:
        parts.append(f"deliveries removed on {timezone.localtime(run.removal_began_at):%Y-%m-%d}")
    if not progress.is_expanded and run.state == Run.State.ACTIVE:
        parts.append("still finding recipients")
    parts.append(f"{progress.total - progress.left} of {progress.total} dealt with")
    if run.departed and not run.removal_began_at:
        parts.append(f"{sum(run.departed.values())} of them in workspaces that were removed since")
    if run.state != Run.State.ACTIVE:
        return ", ".join(parts) + "."
    if Engine.get().hold_reason:
        parts.append("waiting: the whole hub is held")
    elif progress.done_at:
        parts.append(f"paced by Slack, done about {in_zone(progress.done_at, now)}")
    return ", ".join(parts) + "."


def _teams(run: Run, now: datetime) -> list[dict[str, Any]]:
    """The teams with most left to do, then by name; those that nothing goes to say so."""
    rows = (
        Delivery.objects.filter(run=run)
        .order_by()
        .annotate(pace=PACE)
        .values("team", "team__name", "team__state", "team__lane__paused_until", "pace")
        .annotate(
            total=Count("pk"),
            left=Count("pk", filter=Q(state__in=Delivery.UNDECIDED)),
            sent=Count("pk", filter=Q(state=State.SENT)),
            failed=Count("pk", filter=Q(state=State.FAILED)),
            unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
        )
        .order_by("-left", "team__name")[:MOST_TEAMS]
    )
    return [
        {name: row[name] for name in ("total", "left", "sent", "failed", "unknown")}
        | {"name": _team_name(row), "done": _done_about(run, row, now)}
        for row in rows
    ]


def _team_name(row: Mapping[str, object]) -> str:
    waits = row["left"] and row["team__state"] != Team.State.CONNECTED
    return f"{row['team__name']} ({row['team__state']})" if waits else str(row["team__name"])


def _done_about(run: Run, row: Mapping[str, Any], now: datetime) -> str:
    """When this lane's share is done at its pace; empty where nothing moves."""
    is_moving = run.state == Run.State.ACTIVE and row["team__state"] == Team.State.CONNECTED
    if not row["left"] or not is_moving:
        return ""
    end = lane_end(now, row["left"], row["pace"], row["team__lane__paused_until"])
    return in_zone(end, now)


def in_zone(moment: datetime, now: datetime) -> str:
    """The time of day with the name of the hub's zone, and the day where it is another."""
    local = timezone.localtime(moment)
    day = "" if local.date() == timezone.localtime(now).date() else f"{local:%Y-%m-%d} "
    return f"{day}{local:%H:%M} {settings.TIME_ZONE}"
