"""What a person decides about deliveries that failed or whose fate is unknown (arrow j)."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from broadcasts.models import Delivery, Run
from broadcasts.models.delivery import DeliveryQuerySet


def retry_failed(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The failed of these are due again; the number changed."""
    return _again(deliveries, lambda rows: rows.retry_failed(now))


def resend_unknown(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The unknown are due again, where no request can be under way; some may arrive twice."""
    return _again(deliveries, lambda rows: rows.resend_unknown(now))


def close_unknown(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The unknown are left as they are, and count as dealt with."""
    rows = deliveries.order_by().values("pk")
    return Delivery.objects.filter(pk__in=rows).close_unknown(now)


@transaction.atomic
def _again(deliveries: QuerySet[Delivery], change: Callable[[DeliveryQuerySet], int]) -> int:
    """A run that was finished has work again; what was cancelled stays so."""
    rows = deliveries.exclude(run__state=Run.State.CANCELLED).order_by()
    runs = list(rows.exclude(run=None).values_list("run", flat=True).distinct())
    changed = change(Delivery.objects.filter(pk__in=rows.values("pk")))
    if changed:
        Run.objects.filter(pk__in=runs).reopen()
    return changed
