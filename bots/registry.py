"""One Bolt app per Slack app and process, made when first needed."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from slack_bolt import App, BoltContext, BoltResponse
from slack_bolt.adapter.django import SlackRequestHandler
from slack_bolt.error import BoltUnhandledRequestError

from bots import listeners
from bots.authorization import RowAuthorize, TeamOfRequest
from bots.scripts import bolting
from bots.scripts.parts import Part, parts_on
from bots.scripts.serving import hearing
from teams.install import build_flow
from teams.models import SlackApp
from teams.slack import web_client

logger = logging.getLogger(__name__)

type Credentials = tuple[str, ...]

_handlers: dict[int, tuple[Credentials, SlackRequestHandler]] = {}
_lock = Lock()
# Bolt makes a pool for each app unless it is given one; ours run in the caller's thread.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bolt")


def handler_for(slack_app: SlackApp) -> SlackRequestHandler:
    """The Django adapter of this app's Bolt app; a new one once the app or its bots changed."""
    parts = parts_on(slack_app)
    credentials = (
        slack_app.slug,
        slack_app.client_id,
        slack_app.client_secret,
        ",".join(slack_app.scope_list),
        slack_app.hub_command,
        *(part.key for part in parts),
    )
    with _lock:
        known, handler = _handlers.get(slack_app.pk, (None, None))
        if handler is None or known != credentials:
            handler = SlackRequestHandler(_build(slack_app, parts))
            _handlers[slack_app.pk] = credentials, handler
        return handler


def app_for(slack_app: SlackApp) -> App:
    return handler_for(slack_app).app


def _build(slack_app: SlackApp, parts: list[Part]) -> App:
    app = App(
        name=slack_app.slug,
        client=web_client(None),
        # The views have verified the signature; the inbox's events have none any more.
        request_verification_enabled=False,
        before_authorize=TeamOfRequest(slack_app),
        authorize=RowAuthorize(),  # type: ignore[no-untyped-call]
        oauth_flow=build_flow(slack_app),
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        # It would read a thread at Slack before each reply in one.
        attaching_conversation_kwargs_enabled=False,
        listener_executor=_pool,
        ignoring_self_events_enabled=not any(part.script.hears_itself for part in parts),
    )
    app.error(_note)
    app.middleware(hearing(parts))
    bolting.register(app, parts)
    listeners.register(app, slack_app)
    return app


def _note(error: Exception, context: BoltContext) -> BoltResponse:
    """Keeps the failure for whoever dispatched; what nobody listens for is no failure."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200)
    logger.error("A listener failed.", exc_info=error)
    context["failure"] = error
    return BoltResponse(status=500)
