"""From schedules to runs. Beat only wakes it: what is due is computed here, from the rows.

Every firing makes one Run, however many beats and workers ask: the broadcast's row lock, last_fired
and the uniqueness of (broadcast, scheduled_for) each see to it.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from broadcasts.entrance import entrance
from broadcasts.models import Broadcast, Run
from broadcasts.schedules import mark_of, was_fired_by_beat

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """An instant to fire for, and the latest of those before it that nobody fired for."""

    at: datetime
    missed: datetime | None


@dataclass(frozen=True)
class Unfit:
    """The schedule was switched off, or made into one that cannot be obeyed."""

    reason: str


@dataclass(frozen=True)
class Edited:
    """The schedule is not the one last seen."""


type News = Due | Unfit | Edited | None


def fire_due(now: datetime) -> list[int]:
    """Make the runs that are due by `now`, the database's time; the keys of those that begin."""
    runs: list[int] = []
    for broadcast in Broadcast.objects.scheduled().order_by("pk"):
        try:
            if _news(broadcast, now) is not None:
                runs += fire(broadcast.pk, now)
        except Exception:
            logger.exception("Broadcast %s could not be fired", broadcast.pk)
    _finish_one_offs()
    return runs


def is_due(now: datetime) -> bool:
    """Whether any broadcast would fire."""
    return any(
        isinstance(_news(broadcast, now), Due) for broadcast in Broadcast.objects.scheduled()
    )


@transaction.atomic
def fire(broadcast_pk: int, now: datetime) -> list[int]:
    """The same for one broadcast; nothing when it is gone, not scheduled, or in other hands."""
    broadcast = (
        Broadcast.objects.scheduled()
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=broadcast_pk)
        .first()
    )
    if broadcast is None:
        return []
    match _news(broadcast, now):
        case Due() as due:
            return _make_run(broadcast, due, now)
        case Unfit(reason):
            broadcast.pause(reason)
        case Edited():
            broadcast.schedule_edited(now)
    return []


def _news(broadcast: Broadcast, now: datetime) -> News:
    try:
        spec = broadcast.spec
    except ValidationError as error:
        return Unfit(error.messages[0])
    if broadcast.schedule_mark != mark_of(spec):
        return Edited()
    task = broadcast.schedule
    if task and not task.enabled and not was_fired_by_beat(task):
        return Unfit("Its periodic task was switched off.")
    at = broadcast.last_due(now)
    if at is None:
        return None
    return Due(at, broadcast.last_due(at - timedelta.resolution))


def _make_run(broadcast: Broadcast, due: Due, now: datetime) -> list[int]:
    begins = entrance(
        due.at,
        now,
        late_after=broadcast.late_after,
        is_overlapping=broadcast.runs.all().still_sending().exists(),
        skips=broadcast.overlap == Broadcast.Overlap.SKIP,
    )
    run, is_new = Run.objects.get_or_create(
        broadcast=broadcast,
        scheduled_for=due.at,
        defaults={
            "content": broadcast.message.content(),
            "audience": broadcast.audience(),
            **broadcast.rules(),
            "as_of": now,
            "state": begins.state,
            "state_reason": " ".join(filter(None, (begins.reason, _folded(due)))),
            "finished_at": now if begins.state == "cancelled" else None,
        },
    )
    broadcast.last_fired = now
    broadcast.save(update_fields=("last_fired",))
    logger.info("Broadcast %s fired for %s: run %s is %s", broadcast.pk, due.at, run.pk, run.state)
    return [run.pk] if is_new and run.state == Run.State.ACTIVE else []


def _folded(due: Due) -> str:
    if due.missed is None:
        return ""
    return f"Stands also for {due.missed:%Y-%m-%d %H:%M} UTC and before: nothing fired then."


def _finish_one_offs() -> None:
    unfinished = Run.objects.unfinished().filter(broadcast=OuterRef("pk"))
    over = Broadcast.objects.scheduled().filter(
        ~Exists(unfinished), schedule__clocked__clocked_time__lte=F("last_fired")
    )
    for broadcast in over:
        # Another tick has done it meanwhile, or staff have stopped it.
        with suppress(ValidationError):
            broadcast.finish()
