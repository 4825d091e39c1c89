"""From a kept event to the listeners."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from slack_bolt import BoltRequest, BoltResponse

from bots import evidence
from bots.holding import held
from bots.models import InboxEvent
from bots.registry import app_for
from bots.scripts import hooking, timing
from broadcasts.clock import database_now
from teams import hooks
from teams.models import SlackApp

logger = logging.getLogger(__name__)


def handle(event: InboxEvent) -> None:
    """Run the listeners of an event that the caller has taken, and note how it went.

    Evidence about posts is for the ledger: Bolt would drop it, as news of the bot's own doing.
    """
    if event.type == evidence.EVENT:
        evidence.settle_kept(event.body, event.slack_app)
        event.handled(timezone.now())
        return
    if event.type.startswith(hooking.KIND):
        event.settle(hooking.run_kept(event), timezone.now())
        return
    if event.type == timing.KIND:
        event.settle(timing.run_kept(event), timezone.now())
        return
    _, notes = dispatch(event.slack_app, event.body, {"event_in_hand": event})
    event.settle(notes, timezone.now())


def handle_shared(first: int, last: int, another: Callable[[int, int], Any]) -> None:
    """Take and handle one event after the other of those with these keys, until none is free.

    `another` calls a worker for the rest, before the first listener runs: it may be slow. An event
    that cannot be handled, as of an app whose secrets cannot be read, stays taken for the sweep.
    """
    is_alone = True
    while (pk := InboxEvent.objects.take_any(first, last, database_now())) is not None:
        first = pk + 1
        if is_alone and first <= last:
            is_alone = False
            another(first, last)
        try:
            event = InboxEvent.objects.select_related("slack_app").get(pk=pk)
            with held(event):
                handle(event)
        except Exception:
            logger.exception("Event %s could not be handled.", pk)


def dispatch(
    slack_app: SlackApp, body: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[BoltResponse, dict[str, Any]]:
    """Run the listeners of a body; the first answer that says anything, and what they noted."""
    app = app_for(slack_app)
    response, notes = BoltResponse(status=200), dict[str, Any]()
    for one in acts_in(body):
        request = BoltRequest(body=one, mode="socket_mode", context=dict(context))
        answer = app.dispatch(request)
        notes |= request.context
        if isinstance(failure := request.context.get("failure"), Exception):
            hooks.run_error(request.context["team"], failure)
        if response.status == 200 and not response.body:
            response = answer
    return response, notes


def acts_in(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One body for each action: Bolt looks at the first one only."""
    actions = body.get("actions")
    if body.get("type") == "block_actions" and isinstance(actions, list) and len(actions) > 1:
        return [{**body, "actions": [action]} for action in actions]
    return [dict(body)]
