"""The replies that staff have written, before the commands that the bot knows by itself."""

import logging
from typing import Any

from slack_bolt import App, BoltContext

from bots.addressing import is_direct, is_spoken, unescape, words_for
from bots.canned import Answer, Reply
from bots.replies import Say
from bots.scripts.serving import SORRY
from broadcasts.templating import TemplateError
from teams.models import Team

logger = logging.getLogger(__name__)


def register(app: App) -> None:
    for event in ("app_mention", "message"):
        app.event(event, matchers=[is_answered])(answer)


def is_answered(event: dict[str, Any], context: BoltContext) -> bool:
    """Whether staff have written a reply to this; answer() finds it in the context."""
    direct = is_direct(event)
    # A mention in a channel comes as a message as well, one in a direct message as a message only.
    if not is_spoken(event) or (event["type"] == "message") != direct:
        return False
    team: Team = context["team"]
    words = words_for(team.bot_user_id, event.get("text") or "", direct=direct)
    found = Reply.objects.find(team, unescape(words)) if words else None
    context["answer"] = found
    return found is not None


def answer(event: dict[str, Any], context: BoltContext) -> None:
    """Raises TemplateError for a text that does not fit this person, who has been told so."""
    team: Team = context["team"]
    found: Answer = context["answer"]
    say = Say(team, channel=context.channel_id, thread_ts=found.reply.thread_for(event))
    try:
        text = found.text_for(team, event["user"])
    except TemplateError:
        say(SORRY)
        raise
    if text:
        say(text)
    else:
        logger.info("Reply %s leaves nothing to say in %s", found.reply.pk, team)
