"""What apps hear of the metadata of messages, where they subscribe to it.

https://docs.slack.dev/reference/events/message_metadata_posted
"""

from sandbox.events.subscriptions import emit
from sandbox.state import Sandbox
from sandbox.world.apps import Installation, SlackApp
from sandbox.world.workspace import Channel, Doc, Kind, Message


def posted(state: Sandbox, author: Installation, channel: Channel, message: Message) -> None:
    if message.metadata is not None:
        about = {"metadata": message.metadata, "event_ts": message.ts}
        _tell(state, author, channel, message, event=about | {"type": "message_metadata_posted"})


def changed(
    state: Sandbox, author: Installation, channel: Channel, message: Message, *, before: Doc | None
) -> None:
    """An update brought other metadata than there was; what had none gets its first."""
    if before is None:
        posted(state, author, channel, message)
    elif message.metadata is not None and message.metadata != before:
        about = {"metadata": message.metadata, "previous_metadata": before}
        kind = {"type": "message_metadata_updated", "event_ts": state.clock.ts()}
        _tell(state, author, channel, message, event=about | kind)


def deleted(state: Sandbox, author: Installation, channel: Channel, message: Message) -> None:
    if message.metadata is not None:
        ts = state.clock.ts()
        about = {"previous_metadata": message.metadata, "deleted_ts": ts, "event_ts": ts}
        _tell(state, author, channel, message, event=about | {"type": "message_metadata_deleted"})


def _tell(
    state: Sandbox, author: Installation, channel: Channel, message: Message, *, event: Doc
) -> None:
    """To the apps of the workspace that subscribe to this metadata and see the conversation."""
    app_id, name = author.app.app_id, str(event["type"])
    metadata = event.get("metadata") or event["previous_metadata"]
    event = event | {
        "app_id": app_id,
        "bot_id": message.bot_id,
        "user_id": message.user,
        "team_id": author.workspace.team_id,
        "channel_id": channel.id,
        "message_ts": message.ts,
    }
    for reader in state.installations.of_team(author.workspace.team_id):
        sees = channel.kind is Kind.PUBLIC or reader.bot_user_id in channel.members
        if sees and subscribes(reader.app, app_id, metadata["event_type"]):
            emit(state, reader, name, event)


def subscribes(app: SlackApp, app_id: str, event_type: str) -> bool:
    """Whether the app asks for this metadata; "*" stands for every app or every type."""
    return any(
        each.get("app_id") in ("*", app_id) and each.get("event_type") in ("*", event_type)
        for each in app.metadata_subscriptions
    )
