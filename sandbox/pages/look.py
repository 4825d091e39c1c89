"""How one person looks at a workspace, a conversation or a view: what templates ask."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from markupsafe import Markup

from sandbox.events.commands import names as commands_of
from sandbox.events.messages import may_write
from sandbox.events.shortcuts import shortcuts_of
from sandbox.events.suggestions import least_of
from sandbox.pages.emoji import EMOJI
from sandbox.pages.mrkdwn import plain_to_html, to_html
from sandbox.pages.workspaces import viewer_of
from sandbox.routing import HttpError, Visit
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.elements import EXTERNAL, KEYS, current, elements, options_of
from sandbox.world.views import View
from sandbox.world.workspace import Channel, Doc, Kind, Message, Workspace

SHOWN = 100
"""Messages on a page, which asks for them anew every other second."""
REACTIONS = ("+1", "tada", "eyes", "heart", "white_check_mark", "x")
"""What the menu of a message offers."""


@dataclass(frozen=True, slots=True)
class Look:
    """`viewer` is the person who looks."""

    state: Sandbox
    workspace: Workspace
    viewer: Doc
    has_values: ClassVar[frozenset[str]] = frozenset(KEYS)
    external: ClassVar[frozenset[str]] = EXTERNAL

    def name_of(self, slack_id: str) -> str | None:
        """A display name as Slack picks it, or a channel's name."""
        user = self.workspace.users.get(slack_id)
        if user:
            profile = user["profile"]
            return str(profile["display_name"] or profile["real_name"])
        channel = self.workspace.channels.get(slack_id)
        return channel.name if channel else None

    def html(self, text: Doc | str) -> Markup:
        """A text object, or the plain `text` of a message."""
        if isinstance(text, str):
            return to_html(text, self.name_of)
        if text.get("type") == "plain_text":
            return plain_to_html(str(text.get("text", "")))
        return to_html(str(text.get("text", "")), self.name_of)

    def options(self, element: Doc, offered: list[Doc] | None = None) -> list[tuple[str, Markup]]:
        """What a select offers: its own options, or the people or channels there are."""
        kind = str(element["type"])
        if "users" in kind:
            people = self.workspace.reachable()
            return [(user["id"], Markup.escape(self.name_of(user["id"]))) for user in people]
        if "channels" in kind or "conversations" in kind:
            channels = self.workspace.channels.values()
            return [(one.id, Markup.escape(f"#{one.name}")) for one in channels if one.name]
        own = options_of(element, offered)
        return [(str(one["value"]), self.html(one["text"])) for one in own]

    def least(self, element: Doc) -> int:
        """Characters that a search in an external select needs."""
        return least_of(element)

    def emoji(self, name: str) -> str:
        return EMOJI.get(name.partition("::")[0], f":{name}:")

    @property
    def modal(self) -> View | None:
        """The window that an app has opened for this person."""
        return self.state.views.top(self.workspace.team_id, self.viewer["id"])

    @property
    def modal_address(self) -> str:
        return f"/w/{self.workspace.team_id}/modal?as={self.viewer['id']}"


@dataclass(frozen=True, slots=True)
class Conversation(Look):
    """A person's look at a conversation; `thread_ts` when they answer in a thread."""

    channel: Channel
    thread_ts: str = ""

    @property
    def address(self) -> str:
        return f"/w/{self.workspace.team_id}/c/{self.channel.id}"

    @property
    def title(self) -> str:
        if self.channel.kind is Kind.DM:
            bot = next(each for each in self.channel.members if each != self.channel.user)
            return self.name_of(bot) or bot
        return f"#{self.channel.name}"

    @property
    def app(self) -> Installation | None:
        """The app on the other side of a DM."""
        return self.state.installations.find(self.channel.app_id, self.workspace.team_id)

    @property
    def may_write(self) -> bool:
        return may_write(self.state, self.channel)

    def author(self, message: Message) -> str:
        return message.author_name or self.name_of(message.user) or message.user

    def time(self, message: Message) -> datetime:
        return datetime.fromtimestamp(float(message.ts), UTC)

    def messages(self) -> list[Message]:
        """The newest ones, the newest last."""
        return list(self.channel.seen_by(self.viewer["id"]))[-SHOWN:]

    def older(self) -> int:
        """How many messages are left out."""
        return max(0, sum(1 for _ in self.channel.seen_by(self.viewer["id"])) - SHOWN)

    def chosen(self, message: Message, block: Doc, element: Doc) -> object:
        """The value of an element that a template shows as selected."""
        return plain_value(current(element, block.get("block_id", ""), message.values or {}))

    def offers(self, message: Message, block: Doc, element: Doc) -> list[Doc]:
        """What the app has offered for an external select."""
        place = str(block.get("block_id", "")), str(element.get("action_id"))
        return (message.offers or {}).get(place, [])

    def reactions(self) -> tuple[str, ...]:
        return REACTIONS

    def shortcuts(self, kind: str) -> list[tuple[Installation, dict[str, str]]]:
        return shortcuts_of(self.state, self.workspace.team_id, kind)

    def commands(self) -> list[dict[str, Any]]:
        """The slash commands that apps name, for the box to write in."""
        found = self.state.installations.of_team(self.workspace.team_id)
        return [each for one in found if commands_of(one) for each in one.app.commands or []]


@dataclass(frozen=True, slots=True)
class ViewLook(Look):
    """A person's look at a modal or a Home; elements are named by their number in the view."""

    view: View
    address: str
    back: str

    @property
    def app_name(self) -> str:
        return self.view.installation.app.name

    def number(self, element: Doc) -> int:
        return next(n for n, (_, one) in enumerate(elements(self.view.blocks)) if one is element)

    def chosen(self, block: Doc, element: Doc) -> object:
        return plain_value(current(element, block["block_id"], self.view.values))

    def offers(self, block: Doc, element: Doc) -> list[Doc]:
        place = str(block["block_id"]), str(element.get("action_id"))
        return self.view.offers.get(place, [])


def plain_value(state: Doc) -> object:
    """The state of an element as one value or a list of them; empty when there is none."""
    value = state[KEYS[state["type"]]]
    if isinstance(value, list):
        return [each["value"] if isinstance(each, dict) else each for each in value]
    if isinstance(value, dict):
        return value["value"]
    if state["type"] == "datetimepicker" and value:
        return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else value


def typed_value(element: Doc, values: list[str]) -> list[str]:
    """What a form sends for an element; a date with a time is taken as UTC."""
    if element["type"] == "datetimepicker" and values and values[0]:
        try:
            at = datetime.fromisoformat(values[0]).replace(tzinfo=UTC)
        except ValueError:
            raise HttpError(400, "this is no date and time") from None
        return [str(int(at.timestamp()))]
    return values


def conversation_of(visit: Visit, as_user: str | None = None) -> Conversation:
    workspace = visit.workspace()
    channel = workspace.channels.get(visit.path["channel"])
    if channel is None:
        raise HttpError(404, "no such conversation")
    if channel.kind is Kind.DM:
        viewer = workspace.users[channel.user]
    else:
        viewer = viewer_of(workspace, as_user or visit.query.get("as"))
    if channel.kind is not Kind.PUBLIC and viewer["id"] not in channel.members:
        raise HttpError(403, "this person is not in the channel")
    return Conversation(visit.state, workspace, viewer, channel, visit.query.get("thread", ""))
