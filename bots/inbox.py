"""From a kept event to the listeners."""

from django.utils import timezone
from slack_bolt import BoltRequest

from bots.models import InboxEvent
from bots.registry import app_for


def handle(event: InboxEvent) -> None:
    """Run the listeners of an event that the caller has taken, and note how it went."""
    request = BoltRequest(body=event.body, mode="socket_mode")
    app_for(event.slack_app).dispatch(request)
    failure = request.context.get("failure")
    if failure is None:
        event.handled(timezone.now(), note=request.context.get("ignored", ""))
    else:
        event.failed(f"{type(failure).__name__}: {failure}", timezone.now())
