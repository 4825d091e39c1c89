"""From a kept event to the listeners."""

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from slack_bolt import BoltRequest

from bots import evidence
from bots.models import InboxEvent
from bots.registry import app_for

# No fault of the listener's: the event stays kept, and the sweep hands it on.
DATABASE_AWAY = (InterfaceError, OperationalError)


def handle(event: InboxEvent) -> None:
    """Run the listeners of an event that the caller has taken, and note how it went.

    Evidence about posts is for the ledger: Bolt would drop it, as news of the bot's own doing.
    """
    if event.type == evidence.EVENT:
        evidence.settle_kept(event.body, event.slack_app)
        event.handled(timezone.now())
        return
    request = BoltRequest(body=event.body, mode="socket_mode")
    app_for(event.slack_app).dispatch(request)
    failure = request.context.get("failure")
    if failure is None:
        event.handled(timezone.now(), note=request.context.get("ignored", ""))
    elif not isinstance(failure, DATABASE_AWAY):
        event.failed(f"{type(failure).__name__}: {failure}", timezone.now())
