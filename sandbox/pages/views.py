"""The modal that an app has opened for a person, and the Home tab of an app."""

import asyncio
from urllib.parse import quote

from aiohttp.web import StreamResponse

from sandbox.events.home import open_app
from sandbox.events.interactivity import Act, press_in_view
from sandbox.events.modals import close, keep_choice, submit
from sandbox.events.suggestions import TooShort, suggest_in_view
from sandbox.pages.acting import opened_window
from sandbox.pages.look import Look, ViewLook, typed_value
from sandbox.pages.render import page, redirect
from sandbox.pages.workspaces import sidebar, viewer_of
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.world.apps import Installation
from sandbox.world.elements import KEYS, elements
from sandbox.world.views import View

SEARCH = "search "
PUBLISH_SECONDS = 0.5
"""How long the page of a Home waits for the app to publish what it wants to show."""


def add_routes(router: Router) -> None:
    router.route("GET", "/w/{team}/modal")(get_modal)
    router.route("POST", "/w/{team}/modal")(post_modal)
    router.route("GET", "/w/{team}/modal/hash")(get_modal_hash)
    router.route("GET", "/w/{team}/home/{app}")(get_home)
    router.route("POST", "/w/{team}/home/{app}")(post_home)
    router.route("GET", "/w/{team}/home/{app}/hash")(get_home_hash)


def _looker(visit: Visit, as_user: str | None) -> Look:
    workspace = visit.workspace()
    return Look(visit.state, workspace, viewer_of(workspace, as_user))


def _way_back(look: Look, asked: str) -> str:
    """Only to pages of this workspace."""
    here = f"/w/{look.workspace.team_id}/"
    return f"{asked if asked.startswith(here) else here}?as={look.viewer['id']}#latest"


def _view_look(look: Look, view: View, address: str, asked: str) -> ViewLook:
    return ViewLook(look.state, look.workspace, look.viewer, view, address, _way_back(look, asked))


async def get_modal(visit: Visit) -> StreamResponse:
    look = _looker(visit, visit.query.get("as"))
    view, asked = look.modal, visit.query.get("back", "")
    if view is None:
        return redirect(_way_back(look, asked), status=303)
    address = f"/w/{look.workspace.team_id}/modal"
    return page("modal.html", look=_view_look(look, view, address, asked), asked=asked)


async def get_modal_hash(visit: Visit) -> StreamResponse:
    """What the page shows, in one word, for its script to see that the app has changed it."""
    view = _looker(visit, visit.query.get("as")).modal
    return json_answer(f"{view.id}.{view.hash}" if view else "")


async def post_modal(visit: Visit) -> StreamResponse:
    """Submit, close, or press an element; whatever was filled in is kept."""
    fields = await visit.fields()
    form = {key: values[-1] for key, values in fields.items()}
    look = _looker(visit, form.get("as"))
    view, asked = look.modal, form.get("back", "")
    here = f"{look.modal_address}&back={quote(asked)}"
    if view is None or form.get("hash") != f"{view.id}.{view.hash}":
        return redirect(here, status=303)
    _fill(view, fields)
    what = form.get("do", "submit")
    if what == "submit":
        await submit(visit.state, view)
    elif what == "close":
        await close(visit.state, view)
    elif what.startswith(SEARCH):
        await _search(visit, view, fields, what)
        here += f"#e{what.removeprefix(SEARCH)}"
    else:
        outcome = await press_in_view(visit.state, view, _act(view, fields, what))
        await opened_window(look, outcome)
    return redirect(here, status=303)


async def _search(visit: Visit, view: View, fields: dict[str, list[str]], what: str) -> None:
    """What fails is told below the element."""
    act = _act(view, fields, what)
    view.errors.pop(str(act.block_id), None)
    try:
        outcome = await suggest_in_view(visit.state, view, act)
    except TooShort as refusal:
        view.errors[str(act.block_id)] = f"Please {refusal}."
        return
    if outcome.attempt.reason is not None:
        view.errors[str(act.block_id)] = "The app offered nothing for it."


def _fill(view: View, fields: dict[str, list[str]]) -> None:
    for number, (block, element) in enumerate(elements(view.blocks)):
        if element.get("type") in KEYS and element["type"] != "overflow":
            values = typed_value(element, fields.get(f"e{number}", []))
            try:
                keep_choice(view, block, element, values)
            except LookupError:
                raise HttpError(400, "choose one of the options") from None


def _act(view: View, fields: dict[str, list[str]], what: str) -> Act:
    """`what` is "press" or "search" and the number of an element."""
    numbered = [*elements(view.blocks)]
    doing, _, number = what.partition(" ")
    if not number.isdecimal() or int(number) >= len(numbered):
        raise HttpError(404, "this button is gone")
    block, element = numbered[int(number)]
    field = f"q{number}" if doing == "search" else f"e{number}"
    values = typed_value(element, fields.get(field, []))
    return Act(view.user_id, element["action_id"], block["block_id"], tuple(values))


async def get_home(visit: Visit) -> StreamResponse:
    """Opening it tells the app, which may then publish; `again` is a reload that tells nothing."""
    look = _looker(visit, visit.query.get("as"))
    installation = visit.installation(visit.path["app"], look.workspace.team_id)
    if not visit.query.get("again"):
        await _open(look, installation)
    user_id = look.viewer["id"]
    view = visit.state.views.home(installation, user_id)
    dm = look.workspace.dm(installation.app.app_id, installation.bot_user_id, user_id)
    address = f"/w/{look.workspace.team_id}/home/{installation.app.app_id}"
    return page(
        "home.html",
        look=_view_look(look, view, address, address) if view else None,
        side=sidebar(visit.state, look.workspace, look.viewer, dm),
        installation=installation,
        address=address,
        pressed=visit.query.get("pressed", ""),
    )


async def _open(look: Look, installation: Installation) -> None:
    user_id, views = look.viewer["id"], look.state.views
    before = views.home(installation, user_id)
    before_hash = before.hash if before else ""
    open_app(look.state, installation, user_id=user_id, tab="home")
    if not (installation.app.request_url or installation.app.socket_mode):
        return
    deadline = asyncio.get_running_loop().time() + PUBLISH_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        view = views.home(installation, user_id)
        if view and view.hash != before_hash:
            return
        await asyncio.sleep(0.02)


async def get_home_hash(visit: Visit) -> StreamResponse:
    look = _looker(visit, visit.query.get("as"))
    installation = visit.installation(visit.path["app"], look.workspace.team_id)
    view = visit.state.views.home(installation, look.viewer["id"])
    return json_answer(f"{view.id}.{view.hash}" if view else "")


async def post_home(visit: Visit) -> StreamResponse:
    fields = await visit.fields()
    form = {key: values[-1] for key, values in fields.items()}
    look = _looker(visit, form.get("as"))
    installation = visit.installation(visit.path["app"], look.workspace.team_id)
    view = visit.state.views.home(installation, look.viewer["id"])
    address = f"/w/{look.workspace.team_id}/home/{installation.app.app_id}"
    here = f"{address}?as={look.viewer['id']}&again=1"
    if view is None or form.get("hash") != f"{view.id}.{view.hash}":
        return redirect(here, status=303)
    _fill(view, fields)
    what = form.get("do", "")
    if what.startswith(SEARCH):
        await _search(visit, view, fields, what)
        return redirect(f"{here}#e{what.removeprefix(SEARCH)}", status=303)
    outcome = await press_in_view(visit.state, view, _act(view, fields, what))
    if window := await opened_window(look, outcome, address):
        return window
    return redirect(f"{here}&pressed={outcome.attempt.status}", status=303)
