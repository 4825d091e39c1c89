"""One conversation as one person sees it, the box to write in, and the buttons."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp.web import StreamResponse
from markupsafe import Markup

from sandbox.events.channels import joined_or_left
from sandbox.events.interactivity import Act, press
from sandbox.events.messages import say
from sandbox.pages.mrkdwn import plain_to_html, to_html
from sandbox.pages.render import page, redirect
from sandbox.pages.workspaces import sidebar, viewer_of
from sandbox.routing import HttpError, Router, Visit
from sandbox.world.elements import find_element
from sandbox.world.workspace import Channel, Doc, Kind, Message, Workspace

_BASE = "/w/{team}/c/{channel}"


def add_routes(router: Router) -> None:
    router.route("GET", _BASE)(get_conversation)
    router.route("GET", f"{_BASE}/log")(get_log)
    router.route("POST", f"{_BASE}/say")(post_say)
    router.route("POST", f"{_BASE}/press")(post_press)
    router.route("POST", f"{_BASE}/invite")(post_invite)


@dataclass(frozen=True, slots=True)
class Look:
    """A person's look at a conversation: what the templates ask for text and names."""

    workspace: Workspace
    channel: Channel
    viewer: Doc

    @property
    def address(self) -> str:
        return f"/w/{self.workspace.team_id}/c/{self.channel.id}"

    @property
    def title(self) -> str:
        if self.channel.kind is Kind.DM:
            bot = next(each for each in self.channel.members if each != self.channel.user)
            return self.name_of(bot) or bot
        return f"#{self.channel.name}"

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

    def author(self, message: Message) -> str:
        return message.author_name or self.name_of(message.user) or message.user

    def time(self, message: Message) -> datetime:
        return datetime.fromtimestamp(float(message.ts), UTC)

    def messages(self) -> list[Message]:
        return list(self.channel.seen_by(self.viewer["id"]))


def _look(visit: Visit, as_user: str | None = None) -> Look:
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
    return Look(workspace, channel, viewer)


def _mark_read(look: Look) -> None:
    if look.channel.messages:
        look.channel.read[look.viewer["id"]] = look.channel.messages[-1].ts


async def get_conversation(visit: Visit) -> StreamResponse:
    look = _look(visit)
    _mark_read(look)
    side = sidebar(visit.state, look.workspace, look.viewer, look.channel)
    status = visit.query.get("pressed", "")
    apps = [
        (each.app, each.bot_user_id in look.channel.members)
        for each in visit.state.installations.of_team(look.workspace.team_id)
    ]
    return page("conversation.html", look=look, side=side, pressed=status, apps=apps)


async def get_log(visit: Visit) -> StreamResponse:
    """The messages alone, for the page's own refresh."""
    look = _look(visit)
    _mark_read(look)
    return page("log.html", look=look)


async def post_say(visit: Visit) -> StreamResponse:
    form = await visit.form()
    look = _look(visit, form.get("as"))
    text = form.get("text", "").strip()
    if text:
        text = _typed(look, text)
        say(visit.state, look.workspace, look.channel, user_id=look.viewer["id"], text=text)
    return _back(look)


def _typed(look: Look, text: str) -> str:
    """What Slack makes of typing: three characters escaped, @name of a bot a mention."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for user in look.workspace.users.values():
        if user["is_bot"]:
            name = f"@{user['profile']['real_name']}"
            escaped = escaped.replace(name, f"<@{user['id']}>")
    return escaped


async def post_press(visit: Visit) -> StreamResponse:
    form = await visit.form()
    look = _look(visit, form.get("as"))
    message = look.channel.message(form.get("ts", ""))
    found = find_element(message.blocks, form.get("action_id", "")) if message else None
    if message is None or found is None:
        raise HttpError(404, "this button is gone")
    element = found[1]
    if element.get("confirm") and form.get("confirmed") != "yes":
        return page("confirm.html", look=look, message=message, element=element)
    app_id = str(message.app_id)
    outcome = await press(
        visit.state,
        visit.installation(app_id, look.workspace.team_id),
        look.channel,
        message,
        act=Act(look.viewer["id"], element["action_id"]),
    )
    if urlsplit(str(element.get("url", ""))).scheme in ("http", "https"):
        return redirect(str(element["url"]), status=303)
    return _back(look, pressed=outcome.attempt.status)


async def post_invite(visit: Visit) -> StreamResponse:
    """An app comes into the channel, as with /invite in Slack."""
    form = await visit.form()
    look = _look(visit, form.get("as"))
    installation = visit.installation(form.get("app", ""), look.workspace.team_id)
    look.channel.members[installation.bot_user_id] = None
    joined_or_left(visit.state, look.workspace, look.channel, installation.bot_user_id)
    return _back(look)


def _back(look: Look, *, pressed: int | None = None) -> StreamResponse:
    told = "" if pressed is None else f"&pressed={pressed}"
    return redirect(f"{look.address}?as={look.viewer['id']}{told}#latest", status=303)
