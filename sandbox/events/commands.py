"""Slash commands: https://docs.slack.dev/interactivity/implementing-slash-commands"""

import json
import re

from sandbox.api.errors import SlackError
from sandbox.api.methods import Call
from sandbox.events.interactivity import Outcome
from sandbox.events.parcels import Parcel, ParcelKind
from sandbox.events.respond import answer_with
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc, Kind, Workspace

SCOPE = "commands"
_ADDRESS = re.compile(r"https?://[^\s<>|]+")
_PERSON = re.compile(r"(?<![\w<|/])@([\w.-]*\w)")
_PLACE = re.compile(r"(?<![\w<|/])#([\w-]+)")


def owner_of(state: Sandbox, workspace: Workspace, command: str) -> Installation | None:
    """The app that gets a command: of several that have it, the one that came last."""
    known = [
        each for each in state.installations.of_team(workspace.team_id) if SCOPE in each.scopes
    ]
    named = [each for each in known if command in names(each)]
    anything = [each for each in known if each.app.commands is None]
    return next(reversed(named or anything), None)


def names(installation: Installation) -> list[str]:
    return [each["command"] for each in installation.app.commands or []]


async def run_command(
    state: Sandbox, installation: Installation, channel: Channel, *, user_id: str, words: str
) -> Outcome:
    """`words` begin with the command; what the app answers is shown to the person."""
    command, _, text = words.partition(" ")
    if _should_escape(installation, command):
        text = escape(installation.workspace, text)
    token = state.response_urls.give(installation, channel, user_id, "")
    document = _payload(state, installation, channel, user_id) | {
        "command": command,
        "text": text.strip(),
        "response_url": f"{state.base_url}/respond/{token}",
    }
    parcel = Parcel(ParcelKind.COMMAND, document, answerable=True)
    attempt = await state.deliveries.ask(installation.app, parcel)
    if attempt.reason is None and attempt.body:
        call = Call(state, _said(attempt.body), installation)
        try:
            answer_with(call, state.response_urls.peek(token))
        except SlackError as refusal:
            attempt.reason = refusal.code
    return Outcome(attempt, str(document["trigger_id"]))


def _should_escape(installation: Installation, command: str) -> bool:
    commands = installation.app.commands or []
    return any(each["command"] == command and each.get("should_escape") for each in commands)


def escape(workspace: Workspace, text: str) -> str:
    """People, channels and addresses as Slack writes them for a command with `should_escape`."""

    def person(match: re.Match[str]) -> str:
        user = handles.get(match[1].casefold())
        return f"<@{user['id']}|{user['name']}>" if user else match[0]

    def place(match: re.Match[str]) -> str:
        channel = workspace.channel_named(match[1])
        return f"<#{channel.id}|{channel.name}>" if channel else match[0]

    handles = {user["name"].casefold(): user for user in workspace.users.values()}
    text = _ADDRESS.sub(r"<\g<0>>", text)
    return _PLACE.sub(place, _PERSON.sub(person, text))


def _payload(state: Sandbox, installation: Installation, channel: Channel, user_id: str) -> Doc:
    workspace: Workspace = installation.workspace
    place = {Kind.DM: "directmessage", Kind.PRIVATE: "privategroup"}
    document: Doc = {
        "token": "verification-tokens-are-deprecated",
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": place.get(channel.kind, channel.name),
        "user_id": user_id,
        "user_name": workspace.users[user_id]["name"],
        "api_app_id": installation.app.app_id,
        "is_enterprise_install": "false",
        "trigger_id": state.triggers.give(installation, user_id),
    }
    if workspace.enterprise:
        document["enterprise_id"] = workspace.enterprise["id"]
        document["enterprise_name"] = workspace.enterprise["name"]
    return document


def _said(body: str) -> Doc:
    """An answer is a message as JSON, or its text alone."""
    try:
        said = json.loads(body)
    except ValueError:
        return {"text": body}
    return said if isinstance(said, dict) else {"text": body}
