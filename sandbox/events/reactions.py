"""Reactions to messages, and what the apps of the channel hear of them."""

from sandbox.events.subscriptions import emit
from sandbox.state import Sandbox
from sandbox.world.workspace import Channel, Message, Workspace


def react(
    state: Sandbox,
    workspace: Workspace,
    channel: Channel,
    message: Message,
    *,
    user_id: str,
    name: str,
) -> bool:
    """False when this person has reacted so already."""
    message.reactions = message.reactions or {}
    people = message.reactions.setdefault(name, [])
    if user_id in people:
        return False
    people.append(user_id)
    _tell(state, workspace, channel, message, event=("reaction_added", user_id, name))
    return True


def unreact(
    state: Sandbox,
    workspace: Workspace,
    channel: Channel,
    message: Message,
    *,
    user_id: str,
    name: str,
) -> bool:
    """False when this person has not reacted so."""
    people = (message.reactions or {}).get(name, [])
    if message.reactions is None or user_id not in people:
        return False
    people.remove(user_id)
    if not people:
        del message.reactions[name]
    _tell(state, workspace, channel, message, event=("reaction_removed", user_id, name))
    return True


def _tell(
    state: Sandbox,
    workspace: Workspace,
    channel: Channel,
    message: Message,
    *,
    event: tuple[str, str, str],
) -> None:
    kind, user_id, name = event
    document = {
        "type": kind,
        "user": user_id,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "item_user": message.user,
        "event_ts": state.clock.ts(),
    }
    for installation in state.installations.of_team(workspace.team_id):
        if installation.bot_user_id in channel.members:
            emit(state, installation, kind, document)
