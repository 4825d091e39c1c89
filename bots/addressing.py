"""Who is a message for, and which command does it say? Pure."""

import re
from collections.abc import Mapping
from typing import Any

# Of a message's subtypes, those in which a person still says something.
SPOKEN = (None, "file_share", "thread_broadcast")

_MENTION = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|[^>]*)?>\s*[:,]?")


def is_spoken(event: Mapping[str, Any]) -> bool:
    """Whether a person has just said this: no bot, no edit, no notice of Slack's."""
    return (
        event.get("subtype") in SPOKEN
        and not event.get("bot_id")
        and not event.get("edited")
        and event.get("user") not in (None, "USLACKBOT")
    )


def words_for(bot_user_id: str, text: str, *, direct: bool) -> str | None:
    """What is said to the bot, without its name and in single spaces; None when it is not meant.

    In a direct message the bot is always meant. No-break spaces count as spaces.
    """
    text = text.strip()
    mention = _MENTION.match(text)
    if mention is not None and mention["user"] == bot_user_id:
        text = text[mention.end() :]
    elif not direct:
        return None
    return " ".join(text.split())


def is_direct(event: Mapping[str, Any]) -> bool:
    """Whether it was said to the bot alone."""
    return event.get("channel_type") == "im" or str(event.get("channel")).startswith("D")


def unescape(text: str) -> str:
    """As it was typed: https://docs.slack.dev/messaging/formatting-message-text#escaping."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
