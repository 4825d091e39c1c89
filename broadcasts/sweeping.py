"""What is picked up after a process that died, and what follows a flipped row; by any process.

Batches of at most 1,000 rows a commit: nothing here may hold up the marks.
"""

import time
from datetime import datetime

from django.db import connection

from broadcasts import orders
from broadcasts.models import Run
from broadcasts.sending import leftovers
from teams.models import LimitedHour

BATCH = 1_000
# A tick has more to do; the next one goes on.
SECONDS = 2.0
MOST_COUNTED = 5

# Arrow f: the sender is gone, or its answer was never stored. By the database's clock.
_ABANDONED = """
    UPDATE broadcasts_delivery
    SET state = 'unknown', settled_at = clock_timestamp(), error = 'sender_gone',
        error_text = 'The sender was gone before it could store an answer.'
    WHERE id IN (
        SELECT id FROM broadcasts_delivery
        WHERE state = 'posting' AND marked_at < clock_timestamp() - interval '120 seconds'
        ORDER BY marked_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
    AND state = 'posting' AND marked_at < clock_timestamp() - interval '120 seconds'
"""

# Arrow g, behind a cancelled run.
_CANCELLED = """
    UPDATE broadcasts_delivery
    SET state = 'cancelled', settled_at = clock_timestamp()
    WHERE id IN (
        SELECT d.id FROM broadcasts_delivery d
        WHERE d.state = 'ready' AND d.run_id = %s
        LIMIT %s FOR UPDATE SKIP LOCKED
    )
    AND state || '' = 'ready'
"""


def sweep(now: datetime) -> None:
    """Everything below, once."""
    # First: an answer that waits keeps its row from becoming unknown.
    leftovers.settle()
    sweep_abandoned()
    sweep_cancelled()
    orders.follow(SECONDS)
    Run.objects.finish(now)
    for run in Run.objects.uncounted().order_by("finished_at")[:MOST_COUNTED]:
        run.store_counts()
    LimitedHour.objects.forget(now)


def sweep_abandoned() -> int:
    """Marks older than 120 s become unknown; how many."""
    return _in_batches(_ABANDONED, [BATCH])


def sweep_cancelled() -> int:
    """The ready rows of cancelled runs become cancelled, for a moment; how many."""
    return sum(_in_batches(_CANCELLED, [run, BATCH]) for run in Run.objects.cancelled_with_rows())


def _in_batches(statement: str, parameters: list[int]) -> int:
    total = 0
    end = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, parameters)
            changed: int = cursor.rowcount
            total += changed
            if changed < BATCH or time.monotonic() > end:
                return total
