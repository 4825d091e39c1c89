"""Runs that wait for an earlier run of their broadcast; each begins when that one is over."""

import logging
from datetime import datetime

from django.db import transaction

from broadcasts.models import Broadcast, Run

logger = logging.getLogger(__name__)


def start_waiting(now: datetime) -> list[int]:
    """Begin the next run of each broadcast whose line moves on; their primary keys."""
    waiting = Run.objects.filter(
        state=Run.State.WAITING, broadcast__state=Broadcast.State.SCHEDULED
    )
    broadcasts = waiting.order_by("broadcast").values_list("broadcast", flat=True).distinct()
    runs: list[int] = []
    for broadcast in broadcasts:
        try:
            runs += _start_next(broadcast, now)
        except Exception:
            logger.exception("The next run of broadcast %s could not begin", broadcast)
    return runs


@transaction.atomic
def _start_next(broadcast_pk: int, now: datetime) -> list[int]:
    """Under the lock of firing: of two that could begin, one does."""
    broadcast = (
        Broadcast.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=broadcast_pk, state=Broadcast.State.SCHEDULED)
        .first()
    )
    if broadcast is None or broadcast.runs.all().still_sending().exists():
        return []
    run = broadcast.runs.filter(state=Run.State.WAITING).order_by("scheduled_for").first()
    if run is None or not Run.objects.filter(pk=run.pk).begin(now):
        return []
    logger.info("Run %s begins: nothing of its broadcast is sending any more", run.pk)
    return [run.pk]
