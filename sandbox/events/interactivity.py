"""What a person does with the elements of a message or a view: `block_actions` to the app."""

from dataclasses import dataclass

from sandbox.events.parcels import Attempt, Parcel, ParcelKind
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.elements import KEYS, Offers, Values, find_element, picked, state_of
from sandbox.world.views import View
from sandbox.world.workspace import Channel, Doc, Message, Workspace


@dataclass(frozen=True, slots=True)
class Act:
    """A person's use of one element; `chosen` are the values picked, or what was typed."""

    user_id: str
    action_id: str
    block_id: str | None = None
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the app took it, and the trigger that it got."""

    attempt: Attempt
    trigger_id: str


async def press(
    state: Sandbox, installation: Installation, channel: Channel, message: Message, *, act: Act
) -> Outcome:
    """Send the press and wait for the app's answer; LookupError when there is no such element."""
    message.values = message.values or {}
    message.offers = message.offers or {}
    action = _action(state, message.blocks, act, (message.values, message.offers))
    token = state.response_urls.give(installation, channel, act.user_id, message.ts)
    ephemeral = message.only_for is not None
    payload = person_payload(state, installation, act.user_id, kind="block_actions") | {
        "container": container_of(channel, message),
        "channel": short_channel(channel),
        "state": state_of(message.blocks, message.values),
        "actions": [action],
        "response_url": f"{state.base_url}/respond/{token}",
    }
    if not ephemeral:
        payload["message"] = message.document(installation.workspace.team_id)
    return await interact(state, installation, payload)


def container_of(channel: Channel, message: Message) -> Doc:
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    return container | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


async def press_in_view(state: Sandbox, view: View, act: Act) -> Outcome:
    """The same for an element of a modal or of a Home; there is no response_url then."""
    action = _action(state, view.blocks, act, (view.values, view.offers))
    payload = person_payload(
        state, view.installation, act.user_id, kind="block_actions", view_id=view.id
    )
    payload |= {
        "container": {"type": "view", "view_id": view.id},
        "view": view.document(),
        "actions": [action],
    }
    return await interact(state, view.installation, payload)


async def interact(
    state: Sandbox, installation: Installation, payload: Doc, *, answerable: bool = False
) -> Outcome:
    parcel = Parcel(ParcelKind.INTERACTIVE, payload, answerable)
    attempt = await state.deliveries.ask(installation.app, parcel)
    return Outcome(attempt, str(payload.get("trigger_id", "")))


def person_payload(
    state: Sandbox,
    installation: Installation,
    user_id: str,
    *,
    kind: str,
    view_id: str | None = None,
) -> Doc:
    """What every interaction tells: who did it, where, and the trigger for a modal."""
    workspace: Workspace = installation.workspace
    user = workspace.users[user_id]
    return {
        "type": kind,
        "user": {
            "id": user_id,
            "username": user["name"],
            "name": user["name"],
            "team_id": workspace.team_id,
        },
        "api_app_id": installation.app.app_id,
        "token": "verification-tokens-are-deprecated",
        "trigger_id": state.triggers.give(installation, user_id, view_id),
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": workspace.enterprise,
        "is_enterprise_install": False,
    }


def short_channel(channel: Channel) -> Doc:
    return {"id": channel.id, "name": channel.name or "directmessage"}


def _action(
    state: Sandbox, blocks: list[Doc] | None, act: Act, kept_there: tuple[Values, Offers]
) -> Doc:
    """The element as the app hears of it; what was chosen is kept."""
    values, offers = kept_there
    found = find_element(blocks, act.action_id, act.block_id)
    if found is None:
        raise LookupError(act.action_id)
    block, element = found
    kept = ("action_id", "text", "value", "style", "url", "confirm", "placeholder", "type")
    action = {key: element[key] for key in kept if key in element}
    action["block_id"] = block.get("block_id", "")
    if element["type"] in KEYS:
        offered = offers.get((action["block_id"], act.action_id))
        choice = picked(element, list(act.chosen), offered)
        action |= choice
        if element["type"] != "overflow":
            values.setdefault(action["block_id"], {})[act.action_id] = choice
    return action | {"action_ts": state.clock.ts()}
