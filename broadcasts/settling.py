"""What a person decides about deliveries that failed or whose fate is unknown (arrow j)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from broadcasts.models import Delivery, Run
from broadcasts.models.delivery import DeliveryQuerySet


def retry_failed(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The failed of these are due again; the number changed."""
    return _again(_rows(deliveries).failed(), now)


def resend_unknown(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The unknown are due again, where no request can be under way; some may arrive twice."""
    return _again(_rows(deliveries).resendable(now), now)


def close_unknown(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The unknown are left as they are, and count as dealt with."""
    return _rows(deliveries).unknown().close(now)


def _rows(deliveries: QuerySet[Delivery]) -> DeliveryQuerySet:
    """Without the joins and orders of a page of the admin, which an UPDATE cannot have."""
    return Delivery.objects.filter(pk__in=deliveries.order_by().values("pk"))


@transaction.atomic
def _again(rows: DeliveryQuerySet, now: datetime) -> int:
    """A run that was finished has work again; what was cancelled stays so."""
    # Nor what is about to be removed: the run's numbers are closed.
    closed = Q(state=Run.State.CANCELLED) | Q(removal_began_at__isnull=False)
    rows = rows.exclude(run__in=Run.objects.filter(closed))
    # Locked, so that none of them ends before these rows are seen to be due (Run.objects.finish).
    runs = Run.objects.filter(pk__in=rows.exclude(run=None).values("run")).order_by("pk")
    locked = list(runs.select_for_update(no_key=True).values_list("pk", flat=True))
    Run.objects.filter(pk__in=locked).reopen()
    return rows.send_again(now)
