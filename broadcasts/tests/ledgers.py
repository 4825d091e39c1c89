"""A ledger on the test's database, and rows as a sender has them in hand."""

from collections.abc import Iterator
from contextlib import contextmanager

from broadcasts.models import Delivery
from broadcasts.sending.ledger import Ledger
from broadcasts.sending.rows import Due


@contextmanager
def open_ledger() -> Iterator[Ledger]:
    ledger = Ledger()
    try:
        yield ledger
    finally:
        ledger.close()


def in_hand(delivery: Delivery) -> Due:
    return Due(
        id=delivery.pk,
        attempt=delivery.attempt,
        due_at=delivery.due_at,
        team=delivery.team.pk,
        run=delivery.run_id,
        recipient=delivery.recipient_id,
        slack_id=delivery.slack_id,
        dm_channel="",
        payload=None,
        variables={},
    )
