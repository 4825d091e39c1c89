"""app_home_opened: a person looks at the Home or the Messages tab of an app."""

from sandbox.events.subscriptions import emit
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc


def open_app(state: Sandbox, installation: Installation, *, user_id: str, tab: str) -> Channel:
    """The DM of the person and the app; the event carries the Home as it is now."""
    dm = installation.workspace.dm(installation.app.app_id, installation.bot_user_id, user_id)
    event: Doc = {
        "type": "app_home_opened",
        "user": user_id,
        "channel": dm.id,
        "tab": tab,
        "event_ts": state.clock.ts(),
    }
    home = state.views.home(installation, user_id)
    if home and tab == "home":
        event["view"] = home.document()
    emit(state, installation, "app_home_opened", event)
    return dm
