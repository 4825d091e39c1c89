"""The inbox's tasks."""

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
    """The events that came together are shared by whoever is free."""
    inbox.handle_shared(first, last)


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
