"""Deliveries that were done with long ago are removed; how many became what stays on their run.

In commits of at most 1,000 rows that skip what anybody holds. While lanes have work it is one
such commit a call, so that the senders have the disk to themselves. The unknown stay until a
person has decided on them.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from broadcasts.models import Delivery, Run, Saying
from broadcasts.sending.statements import COUNT_LANES_WITH_WORK

BATCH = 1_000

_REMOVE = """
    WITH old AS MATERIALIZED ({old} LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
    copies AS (DELETE FROM broadcasts_copy c USING old WHERE c.delivery_id = old.id),
    removed AS (DELETE FROM broadcasts_delivery d USING old WHERE d.id = old.id)
    SELECT count(*), max(target) FROM old
"""
# By the unique index: behind what is removed already, whose entries a vacuum has yet to clear.
_OF_RUN = _REMOVE.format(
    old="""
        SELECT id, target FROM broadcasts_delivery
        WHERE run_id = %(run)s AND target > %(after)s AND state || '' = ANY(%(done)s)
        ORDER BY target
    """
)
_WITHOUT_RUN = _REMOVE.format(
    old="""
        SELECT id, target FROM broadcasts_delivery
        WHERE run_id IS NULL AND settled_at < %(before)s AND state || '' = ANY(%(done)s)
        ORDER BY settled_at
    """
)


def remove_old(now: datetime, seconds: float) -> int:
    """Remove for so long, or until lanes have work; how many. The next call goes on."""
    before = now - timedelta(days=settings.KEEP_DELIVERIES_DAYS)
    end = time.monotonic() + seconds
    total = 0
    for removed in _batches(before, now):
        total += removed
        if time.monotonic() > end or is_busy():
            break
    return total


def _batches(before: datetime, now: datetime) -> Iterator[int]:
    for run in Run.objects.to_be_removed(before).order_by("finished_at"):
        if run.begin_removal(now):
            yield from _remove(_OF_RUN, {"run": run.pk})
            run.end_removal(now)
    yield from _remove(_WITHOUT_RUN, {"before": before})
    yield Saying.objects.forget(before)


def _remove(statement: str, which: dict[str, int | datetime]) -> Iterator[int]:
    removed, after = BATCH, ""
    while removed == BATCH:
        values = {**which, "after": after, "done": list(Delivery.DONE), "limit": BATCH}
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            removed, after = cursor.fetchone() or (0, "")
        yield removed


def is_busy() -> bool:
    """Whether any lane has something to send: then the disk is the senders'."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_LANES_WITH_WORK)
        (lanes,) = cursor.fetchone() or (0,)
    return bool(lanes)
