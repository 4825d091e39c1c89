"""The inbox's tasks."""

from collections.abc import Sequence

from celery import shared_task
from django.utils import timezone

from bots import inbox
from bots.holding import held
from bots.models import InboxEvent
from bots.scripts import timing, working
from broadcasts.clock import database_now


@shared_task
def handle_event(pk: int) -> None:
    event = InboxEvent.objects.take(pk, database_now())
    if event is not None:
        with held(event):
            inbox.handle(event)


@shared_task
def handle_events(first: int, last: int) -> None:
    """Events that came together are shared by as many workers as are free."""
    inbox.handle_shared(first, last, another=handle_events.delay_on_commit)  # type: ignore[attr-defined]


def hand_on(pks: Sequence[int]) -> None:
    """Tell the workers of events that came together; who takes one calls the next worker.

    Raises:
        OperationalError: the broker does not answer; they are the sweep's.
    """
    # With two of them no single worker's death keeps the rest waiting for the sweep.
    for _ in pks[:2]:
        handle_events.publish(min(pks), max(pks))  # type: ignore[attr-defined]


@shared_task
def sweep_inbox() -> None:
    """Hands on the events whose message or worker was lost."""
    now = database_now()
    InboxEvent.objects.give_up(now)
    for event in InboxEvent.objects.unanswered().defer("body")[:100]:
        working.apologise(event)
    for pk in InboxEvent.objects.lost(now).order_by("pk").values_list("pk", flat=True)[:1000]:
        handle_event.delay(pk)


@shared_task
def forget_events() -> None:
    InboxEvent.objects.forget(timezone.now())


@shared_task
def run_timers() -> None:
    """Bot files' timers; a lost message is made up for by the sweep."""
    for pk in timing.fire_due(timezone.now()):
        handle_event.delay(pk)
