"""Bolt's own decorators in bot files: put on the app, each for the teams that its bot serves.

A listener that takes `ack` runs at once, beside the request, and has three seconds to use it;
every other one is acknowledged for and runs in a worker, from the inbox.
"""

import atexit
import logging
import time
from threading import BoundedSemaphore, Thread, current_thread

from django.db import connections
from django.utils import timezone
from slack_bolt import Ack, App, BoltContext, BoltRequest

from bots.holding import held
from bots.models import DATABASE_AWAY, InboxEvent
from bots.scripts.listener import BoltListener
from bots.scripts.parts import Part
from bots.scripts.serving import SORRY, call
from bots.scripts.working import Answering
from teams import hooks

logger = logging.getLogger(__name__)

# Slack waits for three; the rest is for the way.
ANSWER_SECONDS = 2.3
# Listeners that never end must not fill the process with threads; a worker does what is more.
_places = BoundedSemaphore(64)
_running: set[Thread] = set()
# For them to end in when the process ends; gunicorn would kill it after 30.
END_SECONDS = 15.0


def register(app: App, parts: list[Part]) -> None:
    """What asks for one name first, and what may fit any, such as a pattern, after all of those."""
    pairs = [(part, each) for part in parts for each in part.script.bolt_listeners]
    for part, listener in sorted(pairs, key=lambda pair: not pair[1].is_named):
        _put(app, part, listener)


def _put(app: App, part: Part, listener: BoltListener) -> None:
    takes_ack = listener.takes_ack

    def is_served(context: BoltContext) -> bool:
        return part.serves(context["team"])

    def run(request: BoltRequest, ack: Ack) -> None:
        if not request.context.get("is_waited_for"):
            ack()
            _run(request, part, listener)
        elif takes_ack and _places.acquire(blocking=False):
            _run_beside(request, part, listener)
        else:
            ack()
            request.context["is_deferred"] = True

    listener.put_on(app, run, [is_served])


def _run(request: BoltRequest, part: Part, listener: BoltListener) -> None:
    """In a worker; whoever waits is told when it fails.

    Raises:
        Exception: the listener's own.
    """
    context = request.context
    if listener.is_silent:
        call(request, part, listener.function)
        return
    user_id, response_url = str(context.user_id or ""), context.response_url
    event: InboxEvent = context["event_in_hand"]
    answering = Answering(context["team"], user_id=user_id, response_url=response_url, event=event)
    with answering as respond:
        try:
            call(request, part, listener.function, respond=respond)
        except DATABASE_AWAY:
            raise
        except Exception:
            respond(SORRY)
            raise


def _run_beside(request: BoltRequest, part: Part, listener: BoltListener) -> None:
    """Until it acknowledges, ends, or Slack would wait no longer; then it goes on by itself."""
    ack = request.context.ack
    thread = Thread(target=_run_and_settle, args=(request, part, listener), daemon=True)
    request.context["goes_on"] = True
    _running.add(thread)
    thread.start()
    deadline = time.monotonic() + ANSWER_SECONDS
    while thread.is_alive() and ack.response is None and time.monotonic() < deadline:
        thread.join(0.01)
    if ack.response is None:
        ack()


def _run_and_settle(request: BoltRequest, part: Part, listener: BoltListener) -> None:
    event: InboxEvent = request.context["event_in_hand"]
    try:
        with held(event):
            _run(request, part, listener)
    except Exception as error:
        logger.exception("A listener failed")
        if not isinstance(error, DATABASE_AWAY):
            event.settle({"failure": error}, timezone.now())
            hooks.run_error(request.context["team"], error)
    else:
        event.settle({}, timezone.now())
    finally:
        connections.close_all()
        _places.release()
        _running.discard(current_thread())


@atexit.register
def finish() -> None:
    """What is in hand is finished; what takes too long, a worker does again."""
    deadline = time.monotonic() + END_SECONDS
    for thread in list(_running):
        thread.join(max(0.0, deadline - time.monotonic()))
