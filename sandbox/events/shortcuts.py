"""Shortcuts: an app's own entries in the menus of Slack and of each message."""

from sandbox.events.commands import SCOPE
from sandbox.events.interactivity import Outcome, interact, person_payload, short_channel
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc, Message


def shortcuts_of(
    state: Sandbox, team_id: str, kind: str
) -> list[tuple[Installation, dict[str, str]]]:
    """Those of all apps here; `kind` is "global" or "message"."""
    return [
        (installation, shortcut)
        for installation in state.installations.of_team(team_id)
        if SCOPE in installation.scopes
        for shortcut in installation.app.shortcuts
        if shortcut.get("type", "global") == kind
    ]


async def use_shortcut(
    state: Sandbox, installation: Installation, *, user_id: str, callback_id: str
) -> Outcome:
    payload = _payload(state, installation, user_id, kind="shortcut")
    return await interact(state, installation, payload | {"callback_id": callback_id})


async def use_message_shortcut(
    state: Sandbox,
    installation: Installation,
    channel: Channel,
    message: Message,
    *,
    user_id: str,
    callback_id: str,
) -> Outcome:
    token = state.response_urls.give(installation, channel, user_id, message.ts)
    payload = _payload(state, installation, user_id, kind="message_action") | {
        "callback_id": callback_id,
        "channel": short_channel(channel),
        "message_ts": message.ts,
        "message": message.document(installation.workspace.team_id),
        "response_url": f"{state.base_url}/respond/{token}",
    }
    return await interact(state, installation, payload)


def _payload(state: Sandbox, installation: Installation, user_id: str, *, kind: str) -> Doc:
    """Slack's examples of shortcuts do not name the app."""
    payload = person_payload(state, installation, user_id, kind=kind)
    del payload["api_app_id"]
    return payload | {"action_ts": state.clock.ts()}
