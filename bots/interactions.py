"""Commands, presses, shortcuts and modals: kept once, answered within Slack's three seconds.

The trigger_id tells Slack's acts apart, so that a repeat of one is answered and not done again.
"""

from typing import Any

from django.utils import timezone
from slack_bolt import BoltResponse

from bots.inbox import acts_in, dispatch
from bots.models import InboxEvent
from bots.tasks import handle_event
from teams.models import SlackApp


def answer(slack_app: SlackApp, body: dict[str, Any]) -> BoltResponse:
    """What Slack gets at once; a listener that leaves that to us goes on in a worker."""
    event = InboxEvent.objects.begin(slack_app, body, timezone.now())
    if event is None:
        return BoltResponse(status=200)
    if len(acts_in(body)) > 1:
        # Some of them might be done here and others by a worker, who knows nothing of those.
        return _leave(event)
    response, notes = dispatch(slack_app, body, {"event_in_hand": event, "is_waited_for": True})
    if notes.get("is_deferred"):
        _leave(event)
    elif not notes.get("goes_on"):
        event.settle(notes, timezone.now())
    return response


def _leave(event: InboxEvent) -> BoltResponse:
    """To a worker."""
    event.release()
    handle_event.delay_on_commit(event.pk)  # type: ignore[attr-defined]
    return BoltResponse(status=200)
