"""All of a run's failed or unknown deliveries are decided on at once (arrow j), however many.

The order is one row; the deliveries follow in commits of at most 1,000, first for a moment in the
request that gave it and then by the tick of any process.
"""

import time
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from broadcasts.clock import database_now
from broadcasts.models import Delivery, Order, Run
from broadcasts.models.delivery import DeliveryQuerySet

BATCH = 1_000
# What a person waits for.
AT_ONCE_SECONDS = 0.3

Kind = Order.Kind

_AGAIN = (
    "state = 'ready', due_at = clock_timestamp(), error = '', error_text = '', settled_at = NULL"
)
_CHANGES = {
    Kind.RETRY_FAILED: _AGAIN,
    Kind.RESEND_UNKNOWN: _AGAIN,
    Kind.CLOSE_UNKNOWN: "state = 'closed', settled_at = clock_timestamp()",
}


def order(runs: QuerySet[Run], kind: Order.Kind) -> int:
    """Decide for these runs; how many deliveries are meant. What was cancelled is not sent again.

    A run that was finished has work again.
    """
    now = database_now()
    with transaction.atomic():
        # Locked, so that none of them ends before its order is seen (Run.objects.finish).
        locked = list(_open_to(kind, runs).order_by("pk").select_for_update(no_key=True))
        meant = {run: _meant(kind, run.pk, now).count() for run in locked}
        orders = [Order(run=run, kind=kind, given_at=now) for run, n in meant.items() if n]
        Order.objects.bulk_create(
            orders,
            update_conflicts=True,
            unique_fields=("run", "kind"),
            update_fields=("given_at",),
        )
        if kind != Kind.CLOSE_UNKNOWN:
            Run.objects.filter(pk__in=[one.run_id for one in orders]).reopen()
    follow(AT_ONCE_SECONDS)
    return sum(meant.values())


def follow(seconds: float) -> None:
    """Carry orders out for so long; the next call goes on."""
    end = time.monotonic() + seconds
    for one in Order.objects.order_by("pk"):
        while time.monotonic() < end:
            if _follow_batch(one) < BATCH:
                _end(one)
                break


def _open_to(kind: str, runs: QuerySet[Run]) -> QuerySet[Run]:
    chosen = Run.objects.filter(pk__in=runs.order_by().values("pk"))
    if kind == Kind.CLOSE_UNKNOWN:
        return chosen
    return chosen.exclude(state=Run.State.CANCELLED).filter(removal_began_at=None)


def _meant(kind: str, run: int, given_at: datetime) -> DeliveryQuerySet:
    rows = Delivery.objects.filter(run=run)
    if kind == Kind.RESEND_UNKNOWN:
        return rows.resendable(given_at)
    rows = rows.failed() if kind == Kind.RETRY_FAILED else rows.unknown()
    return rows.filter(Q(settled_at=None) | Q(settled_at__lte=given_at))


def _follow_batch(one: Order) -> int:
    if not _open_to(one.kind, Run.objects.filter(pk=one.run_id)).exists():
        return 0
    rows = _meant(one.kind, one.run_id, one.given_at).order_by().values("pk")
    with transaction.atomic(), connection.cursor() as cursor:
        page, parameters = rows.select_for_update(skip_locked=True)[:BATCH].query.sql_with_params()
        cursor.execute(
            f"UPDATE broadcasts_delivery SET {_CHANGES[Kind(one.kind)]} WHERE id IN ({page})",
            parameters,
        )
        changed: int = cursor.rowcount
    return changed


def _end(one: Order) -> None:
    """Unless rows are left that somebody else had locked, or it was given anew."""
    is_open = _open_to(one.kind, Run.objects.filter(pk=one.run_id)).exists()
    if not (is_open and _meant(one.kind, one.run_id, one.given_at).exists()):
        Order.objects.filter(pk=one.pk, given_at=one.given_at).delete()
