"""What the apps of a workspace hear when its channels, or it itself, change."""

from sandbox.events.subscriptions import emit, emit_to_all
from sandbox.state import Sandbox
from sandbox.world.workspace import Channel, Doc, Kind, Workspace


def created(state: Sandbox, workspace: Workspace, channel: Channel) -> None:
    if channel.kind is Kind.PUBLIC:
        _emit(state, workspace, channel, {"type": "created", "channel": _short(channel)})


def renamed(state: Sandbox, workspace: Workspace, channel: Channel) -> None:
    _emit(state, workspace, channel, {"type": "rename", "channel": _short(channel)})


def archived(state: Sandbox, workspace: Workspace, channel: Channel) -> None:
    """Sent both ways, as the channel now is."""
    kind = "archive" if channel.is_archived else "unarchive"
    event = {"type": kind, "channel": channel.id, "user": workspace.owner["id"]}
    _emit(state, workspace, channel, event)


def joined_or_left(
    state: Sandbox, workspace: Workspace, channel: Channel, user_id: str, *, by: str | None = None
) -> None:
    """Told to the apps whose bot is in the channel or is the one that came or went.

    `by` is the person who added or removed somebody else.
    """
    name = "member_joined_channel" if user_id in channel.members else "member_left_channel"
    event = {
        "type": name,
        "user": user_id,
        "channel": channel.id,
        "channel_type": "C" if channel.kind is Kind.PUBLIC else "G",
        "team": workspace.team_id,
        "event_ts": state.clock.ts(),
    }
    if by and user_id in channel.members:
        event["inviter"] = by
    for installation in state.installations.of_team(workspace.team_id):
        bot = installation.bot_user_id
        if bot == user_id or bot in channel.members:
            emit(state, installation, name, event)
        if bot == user_id and bot not in channel.members:
            left = f"{channel.kind.value}_left"
            own = {"type": left, "channel": channel.id, "actor_id": by or user_id}
            emit(state, installation, left, own | {"event_ts": event["event_ts"]})


def team_changed(state: Sandbox, workspace: Workspace, *, name: bool, domain: bool) -> None:
    if name:
        event = {"type": "team_rename", "name": workspace.name, "team_id": workspace.team_id}
        emit_to_all(state, workspace, "team_rename", event)
    if domain:
        event = {
            "type": "team_domain_change",
            "domain": workspace.domain,
            "url": f"https://{workspace.domain}.slack.com",
            "team_id": workspace.team_id,
        }
        emit_to_all(state, workspace, "team_domain_change", event)


def _emit(state: Sandbox, workspace: Workspace, channel: Channel, event: Doc) -> None:
    """A private channel's events have names of their own and go to its members alone."""
    name = f"{channel.kind.value}_{event['type']}"
    event |= {"type": name, "event_ts": state.clock.ts()}
    for installation in state.installations.of_team(workspace.team_id):
        if channel.kind is Kind.PUBLIC or installation.bot_user_id in channel.members:
            emit(state, installation, name, event)


def _short(channel: Channel) -> Doc:
    return {
        "id": channel.id,
        "name": channel.name,
        "created": channel.created,
        "creator": channel.creator,
    }
