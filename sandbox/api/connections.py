"""apps.connections.open: the only method here that takes an app-level token."""

from collections.abc import Callable

from aiohttp.web import BaseRequest

from sandbox.api.arguments import read_token
from sandbox.api.errors import RateLimited, SlackError
from sandbox.api.methods import missing_scope
from sandbox.state import Sandbox
from sandbox.world.apps import SlackApp
from sandbox.world.workspace import Doc

_SCOPE = "connections:write"


def apps_connections_open(state: Sandbox, request: BaseRequest, args: Doc) -> Doc:
    """A WebSocket address on this host that works once. The token counts in the header alone."""
    if request.method != "POST":
        raise SlackError("insecure_request")
    token = read_token(request, {})
    if not token:
        raise SlackError("missing_args" if args.get("token") else "not_authed")
    app = _app(state, token)
    limits = state.limits
    wait = limits.wait_for_connection(app.app_id)
    if wait:
        raise RateLimited(wait)
    if _SCOPE not in app.app_token_scopes:
        raise missing_scope(_SCOPE, app.app_token_scopes)
    if not app.socket_mode:
        raise SlackError(state.answers.socket_mode_off)
    scheme = "wss" if request.secure else "ws"
    address = f"{scheme}://{request.host}/link/"
    return {"ok": True, "url": f"{address}?{state.sockets.ticket(app.app_id)}"}


def _app(state: Sandbox, token: str) -> SlackApp:
    app = next((each for each in state.apps.values() if each.app_token == token), None)
    if app is None:
        known = token in state.installations.by_token
        raise SlackError("not_allowed_token_type" if known else "invalid_auth")
    return app


APP_METHODS: dict[str, Callable[[Sandbox, BaseRequest, Doc], Doc]] = {
    "apps.connections.open": apps_connections_open,
}
"""The methods that take an app-level token."""
