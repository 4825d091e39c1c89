"""The app was removed from a workspace, or its token revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from slack_bolt import App, BoltContext

from teams.models import Team
from teams.tokens import is_dead

# Slack's clock against ours, generously.
DOUBT = timedelta(minutes=1)


def register(app: App) -> None:
    app.event("app_uninstalled")(on_uninstalled)
    app.event("tokens_revoked")(on_revoked)


def on_uninstalled(body: dict[str, Any], context: BoltContext) -> None:
    _disconnect(context["team"], "The app was removed from the workspace.", body)


def on_revoked(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
    """People's tokens may be revoked alone: only the bot's own ends the installation."""
    team: Team = context["team"]
    is_bots = team.bot_user_id in (event.get("tokens", {}).get("bot") or [])
    # Where tokens rotate, one of them may end while the next one lives.
    if is_bots and (not team.refresh_token or is_dead(team)):
        _disconnect(team, "The bot's token was revoked.", body)


def _disconnect(team: Team, reason: str, body: dict[str, Any]) -> None:
    """Unless the news, which may be hours late, is of the installation before this one."""
    happened_at = datetime.fromtimestamp(body.get("event_time", 0), UTC)
    is_news = team.installed_at is None or happened_at > team.installed_at + DOUBT
    if is_news or is_dead(team):
        Team.objects.filter(pk=team.pk).disconnect(
            reason, timezone.now(), token_version=team.token_version
        )
