"""A press of a button becomes a signed `block_actions` request to the app."""

import secrets
import time
from typing import Any

from sandbox.events.parcels import Attempt, Parcel, ParcelKind
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc, Message, Workspace


def find_element(message: Message, action_id: str) -> tuple[Doc, Doc] | None:
    """The block and the element of a message that carry this action id."""
    for block in message.blocks or []:
        elements = [*(block.get("elements") or []), block.get("accessory") or {}]
        for element in elements:
            if element.get("action_id") == action_id:
                return block, element
    return None


async def press(
    state: Sandbox,
    installation: Installation,
    channel: Channel,
    message: Message,
    *,
    user_id: str,
    action_id: str,
) -> Attempt:
    """Send the press and wait for the app's answer; LookupError when there is no such button."""
    found = find_element(message, action_id)
    if found is None:
        raise LookupError(action_id)
    token = state.response_urls.give(installation, channel, user_id, message.ts)
    payload = _payload(installation, channel, message, user_id)
    payload["actions"] = [_action(state, *found)]
    payload["response_url"] = f"{state.base_url}/respond/{token}"
    return await state.deliveries.ask(installation.app, Parcel(ParcelKind.INTERACTIVE, payload))


def _payload(
    installation: Installation, channel: Channel, message: Message, user_id: str
) -> dict[str, Any]:
    workspace: Workspace = installation.workspace
    user = workspace.users[user_id]
    return {
        "type": "block_actions",
        "user": {
            "id": user_id,
            "username": user["name"],
            "name": user["name"],
            "team_id": workspace.team_id,
        },
        "api_app_id": installation.app.app_id,
        "token": "verification-tokens-are-deprecated",
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.only_for is not None,
        },
        "trigger_id": f"{time.time_ns()}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}",
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": workspace.enterprise,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": message.document(workspace.team_id),
        "state": {"values": {}},
    }


def _action(state: Sandbox, block: Doc, element: Doc) -> Doc:
    kept = ("action_id", "text", "value", "style", "url", "confirm", "type")
    action = {key: element[key] for key in kept if key in element}
    return action | {"block_id": block.get("block_id", ""), "action_ts": state.clock.ts()}
