"""Who hears of what: an app's subscriptions, its scopes, and the events about people."""

import time

from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Doc, Workspace

SCOPES = {
    "team_join": "users:read",
    "user_change": "users:read",
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "group_rename": "groups:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_left": "channels:read",
    "group_left": "groups:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_created": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "team_rename": "team:read",
    "team_domain_change": "team:read",
    "message_metadata_posted": "metadata.message:read",
    "message_metadata_updated": "metadata.message:read",
    "message_metadata_deleted": "metadata.message:read",
}
"""The scope without which an app does not get an event; lifecycle events need none."""


def emit(state: Sandbox, installation: Installation, name: str, event: Doc) -> str | None:
    """Send one event to an app that subscribes to `name`; None when it does not."""
    app, scope = installation.app, SCOPES.get(name)
    if app.events is not None and name not in app.events:
        return None
    if scope and scope not in installation.scopes:
        return None
    if not _within_limit(state, installation):
        return None
    return state.deliveries.send(installation, event, wanted=lambda: _lives(state, installation))


def _within_limit(state: Sandbox, installation: Installation) -> bool:
    """Above the limit an app is told so once a minute, in the place of its events."""
    app_id, team_id = installation.app.app_id, installation.workspace.team_id
    minute = int(time.time() // 60)
    if state.limits.allows_event(app_id, team_id, minute):
        return True
    if state.limited_minutes.get((app_id, team_id)) != minute:
        state.limited_minutes[app_id, team_id] = minute
        state.deliveries.send_bare(
            installation,
            {
                "token": "verification-tokens-are-deprecated",
                "type": "app_rate_limited",
                "team_id": team_id,
                "minute_rate_limited": minute * 60,
                "api_app_id": app_id,
            },
        )
    return False


def emit_to_all(state: Sandbox, workspace: Workspace, name: str, event: Doc) -> None:
    for installation in state.installations.of_team(workspace.team_id):
        emit(state, installation, name, event)


def person_changed(state: Sandbox, workspace: Workspace, user: Doc) -> None:
    user["updated"] = int(time.time())
    event = {"type": "user_change", "user": user, "event_ts": state.clock.ts()}
    emit_to_all(state, workspace, "user_change", event)


def person_joined(state: Sandbox, workspace: Workspace, user: Doc) -> None:
    event = {"type": "team_join", "user": user, "event_ts": state.clock.ts()}
    emit_to_all(state, workspace, "team_join", event)


def _lives(state: Sandbox, installation: Installation) -> bool:
    """Events stop at once when the app leaves the workspace."""
    place = installation.app.app_id, installation.workspace.team_id
    return state.installations.find(*place) is not None
