"""What is written in a conversation, and the events that tell the apps in it."""

import uuid
from collections.abc import Iterator

from sandbox.events import metadata
from sandbox.events.subscriptions import emit
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc, Kind, Message, Workspace

_EVENTS = {Kind.DM: "message.im", Kind.PUBLIC: "message.channels", Kind.PRIVATE: "message.groups"}


def may_write(state: Sandbox, channel: Channel) -> bool:
    """Not to an app whose Messages tab is off or read-only."""
    app = state.apps.get(channel.app_id)
    return app is None or (app.messages_tab and not app.messages_tab_read_only)


def say(
    state: Sandbox,
    workspace: Workspace,
    channel: Channel,
    *,
    user_id: str,
    text: str,
    thread_ts: str | None = None,
) -> Message:
    """A person writes `text` (already escaped as Slack escapes it), maybe in a thread."""
    parent = channel.message(thread_ts) if thread_ts else None
    message = Message(ts=state.clock.ts(), text=text, user=user_id, thread_ts=thread_ts)
    channel.messages.append(message)
    channel.read[user_id] = message.ts
    event = _event(workspace, channel, message) | {"client_msg_id": str(uuid.uuid4())}
    if parent:
        event["parent_user_id"] = parent.user
    for installation in state.installations.of_team(workspace.team_id):
        if installation.bot_user_id not in channel.members:
            continue
        emit(state, installation, _EVENTS[channel.kind], event)
        if channel.kind is not Kind.DM and f"<@{installation.bot_user_id}>" in text:
            mention = {key: event[key] for key in event if key != "channel_type"}
            emit(state, installation, "app_mention", mention | {"type": "app_mention"})
    return message


def echo(state: Sandbox, installation: Installation, channel: Channel, message: Message) -> None:
    """Tell of an app's post."""
    for hearer in _hearers(state, channel, installation):
        event = _event(installation.workspace, channel, message)
        emit(state, hearer, _EVENTS[channel.kind], event)


def _hearers(state: Sandbox, channel: Channel, author: Installation) -> Iterator[Installation]:
    """The other apps of the channel, and the author itself if it asks for that.

    Slack always tells the app itself too; here one that does not name the message event among its
    subscriptions is spared the load.
    """
    if author.app.events and _EVENTS[channel.kind] in author.app.events:
        yield author
    if channel.kind is not Kind.DM:
        there = state.installations.of_team(author.workspace.team_id)
        others = (each for each in there if each is not author)
        yield from (each for each in others if each.bot_user_id in channel.members)


def edit(
    state: Sandbox, workspace: Workspace, channel: Channel, message: Message, *, text: str
) -> None:
    """A person changes what they wrote."""
    before = message.document(workspace.team_id)
    message.text = text
    tell_of_change(state, workspace, channel, message, before=before)


def tell_of_change(
    state: Sandbox, workspace: Workspace, channel: Channel, message: Message, *, before: Doc
) -> None:
    """`message_changed` with both versions: the message as it now is, and `before`."""
    message.edited = {"user": message.user, "ts": state.clock.ts()}
    after = message.document(workspace.team_id)
    changed = {"subtype": "message_changed", "message": after, "previous_message": before}
    _tell(state, workspace, channel, message, change=changed)
    author = _author(state, workspace, message)
    if author:
        metadata.changed(state, author, channel, message, before=before.get("metadata"))


def unsay(state: Sandbox, workspace: Workspace, channel: Channel, message: Message) -> None:
    """A message is taken back, by whoever wrote it: `message_deleted`."""
    channel.messages.remove(message)
    before = message.document(workspace.team_id)
    gone = {"subtype": "message_deleted", "deleted_ts": message.ts, "previous_message": before}
    _tell(state, workspace, channel, message, change=gone)
    author = _author(state, workspace, message)
    if author:
        metadata.deleted(state, author, channel, message)


def _author(state: Sandbox, workspace: Workspace, message: Message) -> Installation | None:
    return state.installations.find(message.app_id or "", workspace.team_id)


def _tell(
    state: Sandbox, workspace: Workspace, channel: Channel, message: Message, *, change: Doc
) -> None:
    """A change is a hidden message of its own; of an ephemeral message Slack tells nothing."""
    if message.only_for is not None:
        return
    ts = state.clock.ts()
    event = {
        "type": "message",
        "channel": channel.id,
        "channel_type": channel.kind.value,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }
    author = _author(state, workspace, message)
    there = state.installations.of_team(workspace.team_id)
    inside = [each for each in there if each.bot_user_id in channel.members]
    for hearer in inside if author is None else _hearers(state, channel, author):
        emit(state, hearer, _EVENTS[channel.kind], event | change)


def _event(workspace: Workspace, channel: Channel, message: Message) -> Doc:
    kind = {"subtype": "file_share"} if message.files else {}
    return (
        message.document(workspace.team_id)
        | kind
        | {
            "channel": channel.id,
            "channel_type": channel.kind.value,
            "event_ts": message.ts,
        }
    )
