"""Control verbs by which a person searches in an external select."""

from collections.abc import Awaitable

from aiohttp.web import StreamResponse

from sandbox.control.acts import chosen, message_in, person, told
from sandbox.control.modals import view_of
from sandbox.events.interactivity import Act, Outcome
from sandbox.events.suggestions import TooShort, suggest, suggest_in_view
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.world.elements import Offers
from sandbox.world.workspace import Doc


def add_routes(router: Router) -> None:
    router.route("POST", "/control/suggest")(post_suggest)
    router.route("POST", "/control/view/suggest")(post_view_suggest)


async def post_suggest(visit: Visit) -> StreamResponse:
    """`value` is typed into an element of a message."""
    wanted = await visit.json()
    workspace = visit.workspace(str(wanted.get("team_id")))
    channel, message = message_in(workspace, wanted)
    act = _act(wanted, person(workspace, wanted, default=channel.user))
    installation = visit.installation(str(message.app_id), workspace.team_id)
    outcome = await _asked(suggest(visit.state, installation, channel, message, act=act))
    return _offered(outcome, message.offers or {}, act)


async def post_view_suggest(visit: Visit) -> StreamResponse:
    """The same in the modal on top, or with `app_id` in that app's Home."""
    wanted = await visit.json()
    view = view_of(visit, wanted)
    act = _act(wanted, view.user_id)
    outcome = await _asked(suggest_in_view(visit.state, view, act))
    return _offered(outcome, view.offers, act)


def _act(wanted: Doc, user_id: str) -> Act:
    return Act(user_id, str(wanted.get("action_id")), wanted.get("block_id"), chosen(wanted))


async def _asked(asking: Awaitable[Outcome]) -> Outcome:
    try:
        return await asking
    except LookupError as unknown:
        raise HttpError(404, f"no external select {unknown}") from None
    except TooShort as refusal:
        raise HttpError(400, str(refusal)) from None


def _offered(outcome: Outcome, offers: Offers, act: Act) -> StreamResponse:
    values = [
        option["value"]
        for (block_id, action_id), options in offers.items()
        if action_id == act.action_id and act.block_id in (None, block_id)
        for option in options
    ]
    return json_answer(told(outcome) | {"options": values})
