"""What a person does to a message, and where the page goes after it."""

from urllib.parse import quote, urlsplit

from aiohttp.web import StreamResponse

from sandbox.events.interactivity import Act, Outcome, press
from sandbox.events.reactions import react, unreact
from sandbox.events.shortcuts import use_message_shortcut, use_shortcut
from sandbox.events.suggestions import TooShort, suggest
from sandbox.pages.look import Conversation, Look, conversation_of, typed_value
from sandbox.pages.render import page, redirect
from sandbox.routing import HttpError, Router, Visit
from sandbox.world.elements import find_element
from sandbox.world.workspace import Doc, Message

_BASE = "/w/{team}/c/{channel}"
WINDOW_SECONDS = 0.25
"""How long a page waits for a modal: apps open theirs just after they have answered."""


def add_routes(router: Router) -> None:
    router.route("POST", f"{_BASE}/press")(post_press)
    router.route("POST", f"{_BASE}/suggest")(post_suggest)
    router.route("POST", f"{_BASE}/react")(post_react)
    router.route("POST", f"{_BASE}/shortcut")(post_shortcut)


async def post_press(visit: Visit) -> StreamResponse:
    fields = await visit.fields()
    form = {key: values[-1] for key, values in fields.items()}
    look = conversation_of(visit, form.get("as"))
    message, found = _element(look, form)
    element = found[1]
    values = typed_value(element, fields.get("value", []))
    if element.get("confirm") and form.get("confirmed") != "yes":
        return page(
            "confirm.html",
            look=look,
            message=message,
            block=found[0],
            element=element,
            values=values,
        )
    act = Act(look.viewer["id"], element["action_id"], found[0].get("block_id"), tuple(values))
    installation = visit.installation(str(message.app_id), look.workspace.team_id)
    try:
        outcome = await press(look.state, installation, look.channel, message, act=act)
    except LookupError:
        raise HttpError(400, "choose one of the options") from None
    if urlsplit(str(element.get("url", ""))).scheme in ("http", "https"):
        return redirect(str(element["url"]), status=303)
    if window := await opened_window(look, outcome):
        return window
    return back(look, pressed=str(outcome.attempt.status))


def _element(look: Conversation, form: dict[str, str]) -> tuple[Message, tuple[Doc, Doc]]:
    message = look.channel.message(form.get("ts", ""))
    place = form.get("action_id", ""), form.get("block_id")
    found = find_element(message.blocks, *place) if message else None
    if message is None or found is None:
        raise HttpError(404, "this button is gone")
    return message, found


async def post_suggest(visit: Visit) -> StreamResponse:
    """A search in an external select, whose options the app then offers."""
    form = await visit.form()
    look = conversation_of(visit, form.get("as"))
    message, (block, element) = _element(look, form)
    place = element["action_id"], block.get("block_id")
    act = Act(look.viewer["id"], *place, (form.get("value", "").strip(),))
    installation = visit.installation(str(message.app_id), look.workspace.team_id)
    try:
        outcome = await suggest(look.state, installation, look.channel, message, act=act)
    except TooShort as refusal:
        raise HttpError(400, str(refusal)) from None
    failed = "" if outcome.attempt.reason is None else str(outcome.attempt.status)
    return back(look, pressed=failed, act="search", anchor=f"m-{message.ts}")


async def post_react(visit: Visit) -> StreamResponse:
    """A second press of the same reaction takes it back."""
    form = await visit.form()
    look = conversation_of(visit, form.get("as"))
    message, name = look.channel.message(form.get("ts", "")), form.get("name", "")
    if message is None or not name:
        raise HttpError(404, "this message is gone")
    mine = look.viewer["id"] in (message.reactions or {}).get(name, [])
    change = unreact if mine else react
    change(look.state, look.workspace, look.channel, message, user_id=look.viewer["id"], name=name)
    return back(look, anchor=f"m-{message.ts}")


async def post_shortcut(visit: Visit) -> StreamResponse:
    """A global shortcut, or with `ts` one of a message."""
    form = await visit.form()
    look = conversation_of(visit, form.get("as"))
    app_id, _, callback_id = form.get("shortcut", "").partition(" ")
    installation = visit.installation(app_id, look.workspace.team_id)
    user_id, message = look.viewer["id"], look.channel.message(form.get("ts", ""))
    if message:
        outcome = await use_message_shortcut(
            look.state,
            installation,
            look.channel,
            message,
            user_id=user_id,
            callback_id=callback_id,
        )
    else:
        outcome = await use_shortcut(
            look.state, installation, user_id=user_id, callback_id=callback_id
        )
    if window := await opened_window(look, outcome):
        return window
    return back(look, pressed=str(outcome.attempt.status), act="shortcut")


async def opened_window(look: Look, outcome: Outcome, came_from: str = "") -> StreamResponse | None:
    """The way to the modal that the app opened in answer to an act."""
    if outcome.attempt.reason is not None:
        return None
    if not await look.state.triggers.wait(outcome.trigger_id, WINDOW_SECONDS):
        return None
    if isinstance(look, Conversation):
        came_from = look.address
    return redirect(f"{look.modal_address}&back={quote(came_from)}", status=303)


def back(
    look: Conversation, *, pressed: str = "", act: str = "button", anchor: str = "latest"
) -> StreamResponse:
    told = f"&pressed={pressed}&act={act}" if pressed else ""
    return redirect(f"{look.address}?as={look.viewer['id']}{told}#{anchor}", status=303)
