"""One conversation as one person sees it, and the box to write in."""

from aiohttp.web import StreamResponse

from sandbox.events.channels import joined_or_left
from sandbox.events.commands import owner_of, run_command
from sandbox.events.messages import say
from sandbox.pages.acting import back, opened_window
from sandbox.pages.look import Conversation, conversation_of
from sandbox.pages.render import page
from sandbox.pages.workspaces import sidebar
from sandbox.routing import HttpError, Router, Visit

_BASE = "/w/{team}/c/{channel}"


def add_routes(router: Router) -> None:
    router.route("GET", _BASE)(get_conversation)
    router.route("GET", f"{_BASE}/log")(get_log)
    router.route("POST", f"{_BASE}/say")(post_say)
    router.route("POST", f"{_BASE}/invite")(post_invite)
    router.route("POST", f"{_BASE}/remove")(post_remove)


def _mark_read(look: Conversation) -> None:
    if look.channel.messages:
        look.channel.read[look.viewer["id"]] = look.channel.messages[-1].ts


async def get_conversation(visit: Visit) -> StreamResponse:
    look = conversation_of(visit)
    _mark_read(look)
    side = sidebar(visit.state, look.workspace, look.viewer, look.channel)
    apps = [
        (each.app, each.bot_user_id in look.channel.members)
        for each in visit.state.installations.of_team(look.workspace.team_id)
    ]
    return page(
        "conversation.html",
        look=look,
        side=side,
        pressed=visit.query.get("pressed", ""),
        act=visit.query.get("act", "button"),
        apps=apps,
    )


async def get_log(visit: Visit) -> StreamResponse:
    """The messages alone, for the page's own refresh."""
    look = conversation_of(visit)
    _mark_read(look)
    return page("log.html", look=look)


async def post_say(visit: Visit) -> StreamResponse:
    """A line that begins with a slash is a command, as in Slack."""
    form = await visit.form()
    look = conversation_of(visit, form.get("as"))
    if not look.may_write:
        raise HttpError(403, "sending messages to this app has been turned off")
    text = _escaped(form.get("text", "").strip())
    if text.startswith("/") and len(text) > 1:
        return await _command(look, text)
    if text:
        say(
            look.state,
            look.workspace,
            look.channel,
            user_id=look.viewer["id"],
            text=_with_mentions(look, text),
            thread_ts=form.get("thread") or None,
        )
    return back(look)


async def _command(look: Conversation, words: str) -> StreamResponse:
    installation = owner_of(look.state, look.workspace, words.partition(" ")[0])
    if installation is None:
        return back(look, pressed="unknown", act="command")
    outcome = await run_command(
        look.state, installation, look.channel, user_id=look.viewer["id"], words=words
    )
    if window := await opened_window(look, outcome):
        return window
    return back(look, pressed=str(outcome.attempt.status), act="command")


def _escaped(text: str) -> str:
    """What Slack makes of all that is typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _with_mentions(look: Conversation, text: str) -> str:
    """@name of a bot is a mention; in a command it stays as it was typed."""
    for user in look.workspace.users.values():
        if user["is_bot"]:
            text = text.replace(f"@{user['profile']['real_name']}", f"<@{user['id']}>")
    return text


async def post_invite(visit: Visit) -> StreamResponse:
    """An app comes into the channel, as with /invite in Slack."""
    return await _member(visit, inside=True)


async def post_remove(visit: Visit) -> StreamResponse:
    return await _member(visit, inside=False)


async def _member(visit: Visit, *, inside: bool) -> StreamResponse:
    form = await visit.form()
    look = conversation_of(visit, form.get("as"))
    bot = visit.installation(form.get("app", ""), look.workspace.team_id).bot_user_id
    if inside:
        look.channel.members[bot] = None
    else:
        look.channel.members.pop(bot, None)
    joined_or_left(look.state, look.workspace, look.channel, bot, by=look.viewer["id"])
    return back(look)
