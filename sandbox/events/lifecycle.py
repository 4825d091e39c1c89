"""How an installation ends, and the last events that an app hears about it."""

from sandbox.state import Sandbox
from sandbox.world.apps import Death, Installation
from sandbox.world.workspace import Doc


def revoke(state: Sandbox, installation: Installation, *, event: bool = True) -> None:
    """The token dies as `token_revoked`; `tokens_revoked` is sent unless kept quiet."""
    state.installations.remove(installation, Death.REVOKED)
    if event:
        _tell(state, installation, _tokens_revoked(state, installation))


def uninstall(state: Sandbox, installation: Installation) -> None:
    """The token dies as `account_inactive`; both lifecycle events are sent."""
    state.installations.remove(installation, Death.UNINSTALLED)
    _tell(state, installation, {"type": "app_uninstalled", "event_ts": state.clock.ts()})
    _tell(state, installation, _tokens_revoked(state, installation))


def _tokens_revoked(state: Sandbox, installation: Installation) -> Doc:
    return {
        "type": "tokens_revoked",
        "tokens": {"oauth": [], "bot": [installation.bot_user_id]},
        "event_ts": state.clock.ts(),
    }


def _tell(state: Sandbox, installation: Installation, event: Doc) -> None:
    """Lifecycle events need no scope, but the app must have subscribed to them."""
    events = installation.app.events
    if events is None or event["type"] in events:
        state.deliveries.send(installation, event)
