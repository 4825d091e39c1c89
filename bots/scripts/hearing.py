"""What has been said: by whom, to whom, and whether it is a bot's own affair. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bots.models import Bot
    from teams.models import Team

# Of a message's subtypes, those in which a person still says something.
SPOKEN = (None, "file_share", "thread_broadcast")


class Hears(Flag):
    """What a bot listens to besides people's own new words."""

    PEOPLE = 0
    BOTS = auto()
    EDITS = auto()
    ITSELF = auto()


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message as a listener gets it, as its argument `said`."""

    team: "Team"
    bot: "Bot | None" = None
    user: str
    channel: str
    thread_ts: str | None
    ts: str
    text: str
    """All of it, as Slack sent it."""
    words: str | None
    """What is said to the bot, without its name; None when it is not meant."""
    is_direct: bool
    kind: Hears
    files: tuple[Mapping[str, Any], ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    rest: str = ""
    """What follows the command, with its lines."""
    match: re.Match[str] | None = None
    found: tuple[Any, ...] = field(default=())
    """What a scan has found, or the reply that staff have written for it."""

    @property
    def heard(self) -> str:
        """The words to the bot, or all of a message that is to nobody."""
        return self.words if self.words is not None else plain(self.text)


_SPACES = re.compile(r"[^\S\n]")
_MENTION = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|[^>]*)?>")


def plain(text: str) -> str:
    """Without blanks at its ends; no-break spaces are spaces."""
    return _SPACES.sub(" ", text).strip()


def unescape(text: str) -> str:
    """As it was typed: https://docs.slack.dev/messaging/formatting-message-text#escaping."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentions(bot_user_id: str, text: str) -> bool:
    return any(found["user"] == bot_user_id for found in _MENTION.finditer(text))


def words_to(names: Iterable[str], text: str, *, bot_user_id: str, direct: bool) -> str | None:
    """What is said to the bot, without its name; None when it is not meant.

    Its name is the mention, or one of `names` in any case; a name that is the beginning of a
    longer word is none. In a direct message the bot is always meant.
    """
    text = plain(text)
    mention = _MENTION.match(text)
    if mention is not None and mention["user"] == bot_user_id:
        return text[mention.end() :].lstrip(" :,\n")
    for name in sorted(names, key=len, reverse=True):
        if name and text[: len(name)].casefold() == name.casefold():
            after = text[len(name) :]
            if not after or after[0] in " :,\n":
                return after.lstrip(" :,\n")
    return text if direct else None


def message_in(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message that an event brings; None for Slack's own notices and for what is no change."""
    subtype = event.get("subtype")
    if subtype == "message_changed":
        now, before = event.get("message") or {}, event.get("previous_message") or {}
        if now.get("text") == before.get("text"):
            return None
        return {**now, "channel": event.get("channel"), "channel_type": event.get("channel_type")}
    return event if subtype in (*SPOKEN, "bot_message") else None


def kind_of(
    event: Mapping[str, Any], message: Mapping[str, Any], *, bot_user_id: str, bot_id: str
) -> Hears:
    """Whose words they are; people's own new ones are Hears.PEOPLE."""
    kind = Hears.PEOPLE
    if event.get("subtype") == "message_changed" or message.get("edited"):
        kind |= Hears.EDITS
    user, author = message.get("user"), message.get("bot_id")
    if (bot_user_id and user == bot_user_id) or (bot_id and author == bot_id):
        return kind | Hears.ITSELF
    return kind | Hears.BOTS if author or user in (None, "", "USLACKBOT") else kind


def is_direct(message: Mapping[str, Any]) -> bool:
    return message.get("channel_type") == "im" or str(message.get("channel")).startswith("D")
