"""What a person types into an external select, and the options that the app offers for it.

https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
"""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.api.blocks import option_faults
from sandbox.events.interactivity import Act, Outcome, container_of, interact, person_payload
from sandbox.events.interactivity import short_channel as short
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.elements import EXTERNAL, KEYS, Offers, Values, current, find_element, options_of
from sandbox.world.views import View
from sandbox.world.workspace import Channel, Doc, Message

SHORTEST = 3
"""Characters before the app is asked, unless the element says otherwise."""


class TooShort(Exception):
    """Slack does not ask the app for so little; `least` characters are needed."""

    def __init__(self, least: int) -> None:
        super().__init__(f"type at least {least} characters")
        self.least = least


@dataclass(frozen=True, slots=True)
class Search:
    """One search in one element: where it stands, and what is kept there."""

    block: Doc
    element: Doc
    query: str
    values: Values
    offers: Offers

    @property
    def place(self) -> tuple[str, str]:
        return str(self.block.get("block_id", "")), str(self.element["action_id"])

    def asked(self) -> Doc:
        block_id, action_id = self.place
        return {"block_id": block_id, "action_id": action_id, "value": self.query}

    def take(self, outcome: Outcome) -> None:
        """Keep what is offered; what is chosen stays in the list, as it stays chosen."""
        offered = _options(outcome)
        if offered is not None:
            held = current(self.element, self.place[0], self.values)[KEYS[self.element["type"]]]
            chosen = held if isinstance(held, list) else [held]
            self.offers[self.place] = [*offered, *(each for each in chosen if each)]


def least_of(element: Doc) -> int:
    return int(element.get("min_query_length", SHORTEST))


async def suggest(
    state: Sandbox, installation: Installation, channel: Channel, message: Message, *, act: Act
) -> Outcome:
    """Ask the app, and keep what it offers; LookupError when there is no such element, TooShort."""
    message.values, message.offers = message.values or {}, message.offers or {}
    search = _search(message.blocks, act, message.values, message.offers)
    payload = _payload(state, installation, act.user_id, search) | {
        "container": container_of(channel, message),
        "channel": short(channel),
    }
    if message.only_for is None:
        payload["message"] = message.document(installation.workspace.team_id)
    return await _ask(state, installation, payload, search)


async def suggest_in_view(state: Sandbox, view: View, act: Act) -> Outcome:
    search = _search(view.blocks, act, view.values, view.offers)
    payload = _payload(state, view.installation, view.user_id, search) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view.document(),
    }
    return await _ask(state, view.installation, payload, search)


def _search(blocks: list[Doc] | None, act: Act, values: Values, offers: Offers) -> Search:
    found = find_element(blocks, act.action_id, act.block_id)
    if found is None or found[1].get("type") not in EXTERNAL:
        raise LookupError(act.action_id)
    query = "".join(act.chosen)
    if len(query) < least_of(found[1]):
        raise TooShort(least_of(found[1]))
    return Search(*found, query, values, offers)


def _payload(state: Sandbox, installation: Installation, user_id: str, search: Search) -> Doc:
    """Nothing can be opened or answered from a search: it has no trigger and no response_url."""
    payload = person_payload(state, installation, user_id, kind="block_suggestion")
    del payload["trigger_id"]
    return payload | search.asked()


async def _ask(state: Sandbox, installation: Installation, payload: Doc, search: Search) -> Outcome:
    outcome = await interact(state, installation, payload, answerable=True)
    if outcome.attempt.reason is None and _options(outcome) is None:
        outcome.attempt.reason = "invalid_options"
    search.take(outcome)
    return outcome


def _options(outcome: Outcome) -> list[Doc] | None:
    """What the app offers; None for no answer, or one that is none."""
    if outcome.attempt.reason is not None:
        return None
    try:
        answer: Any = json.loads(outcome.attempt.body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or option_faults(answer):
        return None
    return options_of(answer)
