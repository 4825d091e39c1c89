"""A Slack app's manifest: what to paste at api.slack.com to register or update it.

https://docs.slack.dev/reference/app-manifest
"""

from typing import Any

from teams.evidence import DELIVERY_EVENT, METADATA_SCOPE
from teams.models import SlackApp

# Each event that the hub handles, under the scope that it needs; "" is given to every app.
EVENTS: dict[str, tuple[str, ...]] = {
    "": ("app_home_opened", "app_uninstalled", "tokens_revoked"),
    "app_mentions:read": ("app_mention",),
    "channels:read": (
        "channel_archive",
        "channel_created",
        "channel_deleted",
        "channel_rename",
        "channel_unarchive",
        "member_joined_channel",
        "member_left_channel",
    ),
    "groups:read": ("group_archive", "group_deleted", "group_rename", "group_unarchive"),
    "im:history": ("message.im",),
    METADATA_SCOPE: ("message_metadata_posted",),
    "team:read": ("team_domain_change", "team_rename"),
    "users:read": ("team_join", "user_change"),
}
# Of an app that a whole organisation has: the workspaces that its admins add it to.
ORG_EVENTS = ("team_access_granted", "team_access_revoked")


def manifest(app: SlackApp, public_url: str) -> dict[str, Any]:
    """The manifest as an object; an app in Socket Mode gets no addresses that Slack would call."""
    base = f"{public_url}/slack/{app.slug}"
    by_socket = app.transport == SlackApp.Transport.SOCKET
    address = {} if by_socket else {"url": f"{base}/events"}
    is_of_orgs = app.teams.filter(is_org_install=True).exists()
    events: dict[str, Any] = {"bot_events": bot_events(app.scope_list)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if is_of_orgs:
        events["bot_events"] = sorted((*events["bot_events"], *ORG_EVENTS))
    if app.delivery_events:
        subscription = {"app_id": app.app_id, "event_type": DELIVERY_EVENT}
        events["metadata_subscriptions"] = [subscription]
    if not by_socket:
        events["request_url"] = interactivity["request_url"] = f"{base}/events"
        interactivity["message_menu_options_url"] = f"{base}/events"
    return {
        "display_information": {"name": app.name},
        "features": {
            # With the Messages tab off or read-only, nobody could be sent or answer a message.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": app.name, "always_online": True},
            **_commands(app, address),
        },
        "oauth_config": {
            "redirect_urls": [f"{base}/oauth_redirect"],
            "scopes": {"bot": app.scope_list},
        },
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": is_of_orgs,
            "socket_mode_enabled": by_socket,
            # Slack lets nobody switch it off again.
            "token_rotation_enabled": app.teams.exclude(token_expires_at=None).exists(),
        },
    }


def _commands(app: SlackApp, address: dict[str, str]) -> dict[str, Any]:
    """The hub's own command, for an app that may have any."""
    if "commands" not in app.scope_list:
        return {}
    command = {
        "command": app.hub_command,
        "description": "What you receive, and when",
        "usage_hint": "preferences | status | help",
        "should_escape": False,
    }
    return {"slash_commands": [command | address]}


def bot_events(scopes: list[str]) -> list[str]:
    """What an app with these scopes can be told of."""
    return sorted(
        event
        for scope, events in EVENTS.items()
        if not scope or scope in scopes
        for event in events
    )
