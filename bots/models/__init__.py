from bots.canned import Reply
from bots.models.bot import Bot
from bots.models.inbox import DATABASE_AWAY, MOST_ATTEMPTS, TAKEN_FOR, InboxEvent
from bots.models.timer import BotTimer
from bots.supervisor.rows import Link, Runner

__all__ = [
    "DATABASE_AWAY",
    "MOST_ATTEMPTS",
    "TAKEN_FOR",
    "Bot",
    "BotTimer",
    "InboxEvent",
    "Link",
    "Reply",
    "Runner",
]
