"""What bots say in a channel that they have been added to, where staff want them to."""

import logging
from collections.abc import Mapping
from typing import Any

from bots.models import Bot
from broadcasts.posting import post
from broadcasts.templating import TemplateError, fill
from teams.grant import clean
from teams.models import Team

logger = logging.getLogger(__name__)


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
        try:
            text = fill(bot.greeting, values, mrkdwn=True).strip()
        except TemplateError as error:
            logger.warning("%s does not greet in %s: %s", bot, team, error)
            continue
        if text:
            key = f"greeting:{bot.pk}:{team.pk}:{channel}:{event.get('event_ts')}"
            shown = bot.identity if team.may_customize else {}
            post(team, key=key[:128], slack_id=channel, text=text, blocks=None, **shown)
