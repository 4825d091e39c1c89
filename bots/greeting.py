"""What bots say in a channel that they have been added to, where staff want them to."""

from collections.abc import Mapping
from typing import Any

from bots.models import Bot
from broadcasts.posting import post
from broadcasts.templating import fill
from teams.grant import clean
from teams.models import Team


def greet(team: Team, event: Mapping[str, Any]) -> None:
    """Once for each time that the app's bot has joined; not where it has left again meanwhile."""
    channel = clean(event.get("channel"), 32)
    is_us = event.get("type") == "member_joined_channel" and event.get("user") == team.bot_user_id
    if not is_us or not team.recipients.filter(slack_id=channel, is_member=True).exists():
        return
    values = {
        "team": team.name,
        "channel_id": channel,
        "inviter_id": clean(event.get("inviter"), 32),
    }
    for bot in Bot.objects.serving(team).exclude(greeting=""):
        text = fill(bot.greeting, values, mrkdwn=True).strip()
        if text:
            key = f"greeting:{bot.pk}:{team.pk}:{channel}:{event.get('event_ts')}"
            post(team, key=key[:128], slack_id=channel, text=text, blocks=None, **bot.identity)
