"""The replies that staff have written, as a script: those of a bot, or those of none."""

import logging
from dataclasses import replace

from bots.canned import Answer, Reply
from bots.replies import Say
from bots.scripts.hearing import Said, unescape
from bots.scripts.listener import Listener, Rank
from bots.scripts.script import Script

logger = logging.getLogger(__name__)


def find(said: Said) -> Said | None:
    """What is said to the bot and answered by a reply; `said.found` brings that."""
    words = unescape(" ".join((said.words or "").split()))
    found = Reply.objects.heard_by(said.team, said.bot).find(words) if words else None
    return replace(said, found=(found,)) if found else None


def answer(said: Said, say: Say) -> None:
    """Raises TemplateError for a text that does not fit this person."""
    found: Answer = said.found[0]
    text = found.text_for(said.team, said.user)
    if text:
        thread_ts = found.reply.thread_for(said.ts, said.thread_ts)
        say.in_thread(thread_ts)(text)
    else:
        logger.info("Reply %s leaves nothing to say in %s", found.reply.pk, said.team)


script = Script()
script.listeners.append(Listener(function=answer, rule=find, rank=Rank.NAMED))
