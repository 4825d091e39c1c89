"""What is written in a conversation, and the events that tell the apps in it."""

import uuid

from sandbox.events.subscriptions import emit
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc, Kind, Message, Workspace

_EVENTS = {Kind.DM: "message.im", Kind.PUBLIC: "message.channels", Kind.PRIVATE: "message.groups"}


def say(
    state: Sandbox, workspace: Workspace, channel: Channel, *, user_id: str, text: str
) -> Message:
    """A person writes `text` (already escaped as Slack escapes it)."""
    message = Message(ts=state.clock.ts(), text=text, user=user_id)
    channel.messages.append(message)
    channel.read[user_id] = message.ts
    event = _event(workspace, channel, message) | {"client_msg_id": str(uuid.uuid4())}
    for installation in state.installations.of_team(workspace.team_id):
        if installation.bot_user_id not in channel.members:
            continue
        emit(state, installation, _EVENTS[channel.kind], event)
        if channel.kind is not Kind.DM and f"<@{installation.bot_user_id}>" in text:
            mention = {key: event[key] for key in event if key != "channel_type"}
            emit(state, installation, "app_mention", mention | {"type": "app_mention"})
    return message


def echo(state: Sandbox, installation: Installation, channel: Channel, message: Message) -> None:
    """Tell an app of its own post, when it names the message event among its subscriptions.

    Slack always does; here an app that subscribes to everything is spared the load.
    """
    name = _EVENTS[channel.kind]
    if installation.app.events and name in installation.app.events:
        emit(state, installation, name, _event(installation.workspace, channel, message))


def _event(workspace: Workspace, channel: Channel, message: Message) -> Doc:
    return message.document(workspace.team_id) | {
        "channel": channel.id,
        "channel_type": channel.kind.value,
        "event_ts": message.ts,
    }
