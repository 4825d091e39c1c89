"""What a person does with a modal: submit it, close it."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.api.errors import SlackError
from sandbox.api.view_content import check_view
from sandbox.events.interactivity import Outcome, interact, person_payload
from sandbox.events.parcels import Attempt
from sandbox.state import Sandbox
from sandbox.world.elements import KEYS, current, elements, find_element, missing, picked
from sandbox.world.views import MOST, View
from sandbox.world.workspace import Doc

TROUBLE = "We had some trouble connecting. Try again?"


def fill_in(view: View, values: dict[str, list[str]]) -> None:
    """Keep what was chosen, by `action_id` or `block_id action_id`; LookupError for neither."""
    for name, chosen in values.items():
        block_id, _, action_id = name.rpartition(" ")
        found = find_element(view.blocks, action_id, block_id or None)
        if found is None:
            raise LookupError(name)
        block, element = found
        keep_choice(view, block, element, chosen)


def keep_choice(view: View, block: Doc, element: Doc, chosen: list[str]) -> None:
    """What a person has chosen in one element; LookupError for an option that it has not."""
    place = str(block["block_id"]), str(element["action_id"])
    choice = picked(element, chosen, view.offers.get(place))
    view.values.setdefault(place[0], {})[place[1]] = choice


async def submit(state: Sandbox, view: View) -> Outcome | None:
    """Send what is filled in and do what the app answers; None while something is missing."""
    view.errors = missing(view.blocks, view.values)
    if view.errors:
        return None
    payload = _payload(state, view, "view_submission")
    payload["response_urls"] = [*_response_urls(state, view)]
    outcome = await interact(state, view.installation, payload, answerable=True)
    if outcome.attempt.reason is not None:
        view.errors = {"": TROUBLE}
        return outcome
    try:
        _obey(state, view, _answer(outcome.attempt))
    except SlackError as refusal:
        outcome.attempt.reason = refusal.code
        view.errors = {"": TROUBLE}
    return outcome


async def close(state: Sandbox, view: View) -> list[Outcome]:
    """Close the view, or the whole stack; the app hears of those that it wants to hear of."""
    stack = _stack(state, view)
    cleared = bool(view.content.get("clear_on_close"))
    going = list(reversed(stack)) if cleared else [view]
    outcomes = []
    for each in going:
        stack.remove(each)
        if each.content.get("notify_on_close"):
            payload = _payload(state, each, "view_closed") | {"is_cleared": cleared}
            del payload["trigger_id"]
            outcomes.append(await interact(state, each.installation, payload))
    return outcomes


def _response_urls(state: Sandbox, view: View) -> Iterator[Doc]:
    """One for the conversation that was chosen in each input that asks for that.

    https://docs.slack.dev/surfaces/modals#modal_response_url
    """
    installation = view.installation
    for block, element in elements(view.blocks):
        if not (block["type"] == "input" and element.get("response_url_enabled")):
            continue
        chosen = current(element, block["block_id"], view.values)[KEYS[element["type"]]]
        channel = installation.workspace.channels.get(str(chosen))
        if channel is not None:
            token = state.response_urls.give(installation, channel, view.user_id, "")
            yield {
                "block_id": block["block_id"],
                "action_id": element["action_id"],
                "channel_id": channel.id,
                "response_url": f"{state.base_url}/respond/{token}",
            }


def _answer(attempt: Attempt) -> Doc:
    if not attempt.body.strip():
        return {}
    try:
        answer: Any = json.loads(attempt.body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise SlackError("invalid_response")
    return answer


def _obey(state: Sandbox, view: View, answer: Doc) -> None:
    """https://docs.slack.dev/surfaces/modals#handle_submissions"""
    stack = _stack(state, view)
    match answer.get("response_action"):
        case None:
            if view in stack:
                stack.remove(view)
        case "clear":
            stack.clear()
        case "errors":
            view.errors = _checked_errors(view, answer.get("errors"))
        case "update":
            view.fill(check_view(answer.get("view"), "modal"))
        case "push" if len(stack) < MOST:
            state.views.push(view, check_view(answer.get("view"), "modal"))
        case _:
            raise SlackError("invalid_response")


def _checked_errors(view: View, errors: Any) -> dict[str, str]:
    """Errors belong to input blocks of this view."""
    inputs = {block["block_id"] for block, _ in elements(view.blocks) if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        raise SlackError("invalid_response")
    return {str(key): str(value) for key, value in errors.items()}


def _stack(state: Sandbox, view: View) -> list[View]:
    return state.views.stack(view.installation.workspace.team_id, view.user_id)


def _payload(state: Sandbox, view: View, kind: str) -> Doc:
    payload = person_payload(state, view.installation, view.user_id, kind=kind, view_id=view.id)
    return payload | {"view": view.document()}
