"""A run of which too much fails pauses its broadcast; looked at by the tick, not per message."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from broadcasts.models import Broadcast, Delivery, Run

logger = logging.getLogger(__name__)

MOST = 2**31 - 1


@dataclass(frozen=True)
class Verdict:
    """Whether the share is too large, and the number of failures that it takes to be so."""

    is_over: bool
    next_look: int


def verdict(sent: int, failed: int, *, percent: int, minimum: int) -> Verdict:
    """More than `percent` of all failed, and at least `minimum` of them.

    Sent only grows: below next_look failures the share cannot be too large, and nobody needs to
    count the sent again.
    """
    if percent >= 100:
        return Verdict(False, MOST)
    needed = max(minimum, percent * sent // (100 - percent) + 1)
    return Verdict(failed >= needed, min(needed, MOST))


def judge(now: datetime) -> None:
    """Every active run with enough failures to be looked at."""
    for run, failed in _with_failures():
        sent = _sent(run)
        found = verdict(sent, failed, percent=run.failure_percent, minimum=run.failure_minimum)
        if not found.is_over:
            Run.objects.filter(pk=run.pk).update(next_look=found.next_look)
            continue
        reason = (
            f"{failed} of {sent + failed} deliveries failed, more than {run.failure_percent} %: "
            "look at their reasons, then resume or cancel it."
        )
        try:
            _pause(run, reason, now)
        except ValidationError as error:
            logger.warning("Run %s was not paused: %s", run.pk, error)
        except Exception:
            logger.exception("Run %s could not be paused", run.pk)


def _with_failures() -> list[tuple[Run, int]]:
    """The index of failed deliveries answers this; the sent are not touched."""
    failed = (
        Delivery.objects.failed()
        .filter(run=OuterRef("pk"))
        .filter(settled_at__gt=Coalesce(OuterRef("judged_from"), OuterRef("created_at")))
        .order_by()
        .values("run")
        .annotate(n=Count("pk"))
        .values("n")
    )
    counts = dict(
        Run.objects.active()
        .annotate(failed=Coalesce(Subquery(failed, output_field=IntegerField()), 0))
        .filter(failed__gte=Greatest(F("next_look"), F("failure_minimum")))
        .values_list("pk", "failed")
    )
    runs = Run.objects.filter(pk__in=counts).select_related("broadcast")
    return [(run, counts[run.pk]) for run in runs.defer("content", "audience")]


def _sent(run: Run) -> int:
    """Counts a whole run: a second for a million rows, and seldom needed."""
    since = run.judged_from or run.created_at
    sent = Delivery.objects.filter(run=run, state=Delivery.State.SENT, settled_at__gt=since)
    return sent.count()


@transaction.atomic
def _pause(run: Run, reason: str, now: datetime) -> None:
    """What has failed so far is known then: after a resume only what fails later counts."""
    logger.warning("Run %s is paused: %s", run.pk, reason)
    Run.objects.filter(pk=run.pk).update(judged_from=now, next_look=0)
    broadcast = run.broadcast
    if broadcast.state == Broadcast.State.SCHEDULED:
        broadcast.pause(reason)
    else:
        Run.objects.filter(pk=run.pk).pause(reason)
