"""Control verbs about views: what a person has open, and what they do with it."""

from aiohttp.web import StreamResponse

from sandbox.control.acts import chosen, person, told
from sandbox.events.interactivity import Act, press_in_view
from sandbox.events.modals import close, fill_in, submit
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.world.views import View
from sandbox.world.workspace import Doc


def add_routes(router: Router) -> None:
    router.route("GET", "/control/workspaces/{team}/users/{user}/views")(get_views)
    router.route("GET", "/control/workspaces/{team}/channels/{channel}/messages")(get_messages)
    router.route("POST", "/control/view/submit")(post_submit)
    router.route("POST", "/control/view/close")(post_close)
    router.route("POST", "/control/view/click")(post_click)


async def get_views(visit: Visit) -> StreamResponse:
    """The modals that are open, the one on top last; with ?app_id= the Home of that app."""
    workspace, state = visit.workspace(), visit.state
    user_id = visit.path["user"]
    stack = state.views.stack(workspace.team_id, user_id)
    home = None
    if visit.query.get("app_id"):
        installation = visit.installation(visit.query["app_id"], workspace.team_id)
        home = state.views.home(installation, user_id)
    shown = [each.document() | {"errors": each.errors} for each in stack]
    return json_answer({"stack": shown, "home": home.document() if home else None})


async def get_messages(visit: Visit) -> StreamResponse:
    """A conversation as the person ?user= sees it: with the ephemeral messages for them."""
    workspace = visit.workspace()
    name = visit.path["channel"]
    channel = workspace.channels.get(name) or workspace.channel_named(name)
    if channel is None:
        raise HttpError(404, f"no channel {name}")
    shown = [
        message.document(workspace.team_id) | {"ephemeral": message.only_for is not None}
        for message in channel.seen_by(visit.query.get("user", ""))
    ]
    return json_answer({"messages": shown})


def view_of(visit: Visit, wanted: Doc) -> View:
    """The modal on top, or with `app_id` that app's Home."""
    return _home(visit, wanted) if wanted.get("app_id") else _top(visit, wanted)


def _top(visit: Visit, wanted: Doc) -> View:
    workspace = visit.workspace(str(wanted.get("team_id")))
    view = visit.state.views.top(workspace.team_id, person(workspace, wanted))
    if view is None:
        raise HttpError(404, "this person has no modal open")
    return view


async def post_submit(visit: Visit) -> StreamResponse:
    """`values`: by action id, or "block_id action_id", what is typed or chosen (or a list)."""
    wanted = await visit.json()
    view = _top(visit, wanted)
    given = wanted.get("values") or {}
    try:
        fill_in(view, {name: list(chosen({"value": value})) for name, value in given.items()})
    except LookupError as unknown:
        raise HttpError(404, f"the modal has no {unknown}") from None
    outcome = await submit(visit.state, view)
    answer = told(outcome) if outcome else {"status": None, "body": "", "reason": "missing"}
    return json_answer(answer | {"errors": view.errors})


async def post_close(visit: Visit) -> StreamResponse:
    view = _top(visit, await visit.json())
    outcomes = await close(visit.state, view)
    return json_answer({"ok": True, "told": [told(each) for each in outcomes]})


async def post_click(visit: Visit) -> StreamResponse:
    """An element of the modal on top, or with `app_id` of that app's Home."""
    wanted = await visit.json()
    view = view_of(visit, wanted)
    action_id = str(wanted.get("action_id"))
    act = Act(view.user_id, action_id, wanted.get("block_id"), chosen(wanted))
    try:
        outcome = await press_in_view(visit.state, view, act)
    except LookupError:
        raise HttpError(404, f"no element {action_id}") from None
    return json_answer(told(outcome))


def _home(visit: Visit, wanted: Doc) -> View:
    workspace = visit.workspace(str(wanted.get("team_id")))
    installation = visit.installation(str(wanted["app_id"]), workspace.team_id)
    view = visit.state.views.home(installation, person(workspace, wanted))
    if view is None:
        raise HttpError(404, "the app has published no Home for this person")
    return view
