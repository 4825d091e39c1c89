"""A workspace: its people, its channels and what was written in them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.world.ids import slack_id

type Doc = dict[str, Any]

MESSAGES_KEPT = 500
"""Per conversation, for the pages; the ledger keeps every post."""


class Kind(StrEnum):
    """What sort of conversation it is, in the words of `message.*` events."""

    PUBLIC = "channel"
    PRIVATE = "group"
    DM = "im"


@dataclass(slots=True)
class Message:
    """One message; `only_for` is the person who alone sees an ephemeral one."""

    ts: str
    text: str
    user: str
    bot_id: str | None = None
    app_id: str | None = None
    blocks: list[Doc] | None = None
    attachments: list[Doc] | None = None
    metadata: Doc | None = None
    files: list[Doc] | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    author_name: str | None = None
    author_icons: Doc | None = None
    reactions: dict[str, list[str]] | None = None
    """People by the name of the emoji."""
    values: dict[str, dict[str, Doc]] | None = None
    """What was chosen in its elements, by block id and action id."""
    offers: dict[tuple[str, str], list[Doc]] | None = None
    """What the app has offered for its external selects, by block id and action id."""
    edited: Doc | None = None
    """By whom it was changed last, and when."""

    def document(self, team_id: str) -> Doc:
        """The message as Slack shows it in answers and payloads."""
        shown: Doc = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": team_id,
        }
        optional = {
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": self.files,
            "metadata": self.metadata,
            "thread_ts": self.thread_ts,
            "username": self.author_name,
            "icons": self.author_icons,
            "edited": self.edited,
        }
        shown.update((key, value) for key, value in optional.items() if value is not None)
        if self.reactions:
            shown["reactions"] = [
                {"name": name, "users": [*people], "count": len(people)}
                for name, people in self.reactions.items()
            ]
        return shown


@dataclass(slots=True)
class Channel:
    """A conversation; a DM has the `user` and the `app_id` whose bot is on the other side."""

    id: str
    name: str
    kind: Kind
    created: int
    creator: str = ""
    members: dict[str, None] = field(default_factory=dict)
    is_archived: bool = False
    is_general: bool = False
    purpose: str = ""
    topic: str = ""
    user: str = ""
    app_id: str = ""
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=MESSAGES_KEPT))
    read: dict[str, str] = field(default_factory=dict)

    def message(self, ts: str) -> Message | None:
        return next((message for message in reversed(self.messages) if message.ts == ts), None)

    def seen_by(self, user_id: str) -> Iterator[Message]:
        """The messages that this person sees: all but the ephemeral ones of others."""
        return (each for each in self.messages if each.only_for in (None, user_id))

    def unread(self, user_id: str) -> int:
        """How many messages of others came after this person last looked."""
        last = self.read.get(user_id, "")
        return sum(each.ts > last and each.user != user_id for each in self.seen_by(user_id))


@dataclass(slots=True)
class Workspace:
    """One team. `users` holds the documents that users.list shows, keyed by user id."""

    team_id: str
    name: str
    domain: str
    created: int
    enterprise: Doc | None = None
    users: dict[str, Doc] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    dms: dict[tuple[str, str], Channel] = field(default_factory=dict)
    usergroups: dict[str, Doc] = field(default_factory=dict)
    """As usergroups.list shows them, by id."""

    @property
    def enterprise_id(self) -> str | None:
        return self.enterprise["id"] if self.enterprise else None

    @property
    def owner(self) -> Doc:
        """The person who installs apps on the consent page."""
        return next(user for user in self.users.values() if user.get("is_owner"))

    def reachable(self) -> Iterator[Doc]:
        """The people an app can send a DM to."""
        return (user for user in self.users.values() if is_reachable(user))

    def channel_named(self, name: str) -> Channel | None:
        wanted = name.removeprefix("#")
        named = (each for each in self.channels.values() if each.name and each.name == wanted)
        return next(named, None)

    def dm(self, app_id: str, bot_user_id: str, user_id: str) -> Channel:
        """The DM of an app's bot and a person, opened when it is not yet there."""
        channel = self.dms.get((app_id, user_id))
        if channel is None:
            channel = Channel(
                id=slack_id("D", self.team_id, app_id, user_id),
                name="",
                kind=Kind.DM,
                created=self.created,
                members={bot_user_id: None, user_id: None},
                user=user_id,
                app_id=app_id,
            )
            self.dms[app_id, user_id] = channel
            self.channels[channel.id] = channel
        return channel


def is_reachable(user: Doc) -> bool:
    """Slack's own bot is marked `is_bot: false`, so its id is named."""
    return not (
        user["is_bot"]
        or user["deleted"]
        or user.get("is_stranger", False)
        or user["id"] == "USLACKBOT"
    )
