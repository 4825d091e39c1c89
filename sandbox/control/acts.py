"""Control verbs by which a person acts: writes, presses, commands, reacts."""

from aiohttp.web import StreamResponse

from sandbox.events.commands import owner_of, run_command
from sandbox.events.home import open_app
from sandbox.events.interactivity import Act, Outcome, interact, person_payload, press
from sandbox.events.messages import edit, may_write, say, unsay
from sandbox.events.reactions import react, unreact
from sandbox.events.shortcuts import use_message_shortcut, use_shortcut
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.world.workspace import Channel, Doc, Message, Workspace


def add_routes(router: Router) -> None:
    router.route("POST", "/control/workspaces/{team}/say")(post_say)
    router.route("POST", "/control/workspaces/{team}/edit")(post_edit)
    router.route("POST", "/control/click")(post_click)
    router.route("POST", "/control/command")(post_command)
    router.route("POST", "/control/shortcut")(post_shortcut)
    router.route("POST", "/control/interaction")(post_interaction)
    router.route("POST", "/control/react")(post_react)
    router.route("POST", "/control/home")(post_home)


async def post_say(visit: Visit) -> StreamResponse:
    wanted, workspace = await visit.json(), visit.workspace()
    user_id = person(workspace, wanted)
    channel = _place_to_talk(visit, workspace, wanted)
    if not may_write(visit.state, channel):
        raise HttpError(403, "sending messages to this app has been turned off")
    message = say(
        visit.state,
        workspace,
        channel,
        user_id=user_id,
        text=str(wanted.get("text", "")),
        thread_ts=wanted.get("thread_ts"),
    )
    return json_answer({"ok": True, "channel": channel.id, "ts": message.ts})


async def post_edit(visit: Visit) -> StreamResponse:
    """The message of `channel` and `ts` gets another `text`; without one it is deleted."""
    wanted, workspace = await visit.json(), visit.workspace()
    channel, message = message_in(workspace, wanted)
    if wanted.get("text"):
        edit(visit.state, workspace, channel, message, text=str(wanted["text"]))
    else:
        unsay(visit.state, workspace, channel, message)
    return json_answer({"ok": True})


def person(workspace: Workspace, wanted: Doc, default: str = "") -> str:
    user_id = str(wanted.get("user") or default)
    if user_id not in workspace.users:
        raise HttpError(404, f"no user {user_id}")
    return user_id


def told(outcome: Outcome) -> Doc:
    """What a test wants to know of an interaction."""
    attempt = outcome.attempt
    return {
        "status": attempt.status,
        "body": attempt.body,
        "reason": attempt.reason,
        "trigger_id": outcome.trigger_id,
    }


def _place_to_talk(visit: Visit, workspace: Workspace, wanted: Doc) -> Channel:
    """The named channel; without one, the person's DM with the app."""
    name = str(wanted.get("channel") or "")
    channel = workspace.channels.get(name) or (workspace.channel_named(name) if name else None)
    if channel:
        return channel
    if name:
        raise HttpError(404, f"no channel {name}")
    installation = visit.installation(str(wanted.get("app_id")), workspace.team_id)
    return workspace.dm(installation.app.app_id, installation.bot_user_id, str(wanted.get("user")))


def message_in(workspace: Workspace, wanted: Doc) -> tuple[Channel, Message]:
    channel = workspace.channels.get(str(wanted.get("channel")))
    message = channel.message(str(wanted.get("ts"))) if channel else None
    if channel is None or message is None:
        raise HttpError(404, "no such message")
    return channel, message


def chosen(wanted: Doc) -> tuple[str, ...]:
    """`value`: one value or a list of them."""
    value = wanted.get("value")
    if value is None:
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


async def post_click(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    workspace = visit.workspace(str(wanted.get("team_id")))
    channel, message = message_in(workspace, wanted)
    user_id = person(workspace, wanted, default=channel.user)
    installation = visit.installation(str(message.app_id), workspace.team_id)
    action_id = str(wanted.get("action_id"))
    act = Act(user_id, action_id, wanted.get("block_id"), chosen(wanted))
    try:
        outcome = await press(visit.state, installation, channel, message, act=act)
    except LookupError:
        raise HttpError(404, f"no button {action_id}") from None
    return json_answer(told(outcome))


async def post_command(visit: Visit) -> StreamResponse:
    """`command` with its slash, `text`; in a `channel`, else in the DM with the app `app_id`."""
    wanted = await visit.json()
    workspace = visit.workspace(str(wanted.get("team_id")))
    user_id = person(workspace, wanted)
    command = str(wanted.get("command", ""))
    installation = owner_of(visit.state, workspace, command)
    if installation is None:
        raise HttpError(404, f"{command} is not a valid command")
    channel = _place_to_talk(visit, workspace, {"app_id": installation.app.app_id} | wanted)
    words = f"{command} {wanted.get('text', '')}"
    outcome = await run_command(visit.state, installation, channel, user_id=user_id, words=words)
    return json_answer(told(outcome))


async def post_shortcut(visit: Visit) -> StreamResponse:
    """A global shortcut; with `channel` and `ts` one of that message."""
    wanted = await visit.json()
    workspace = visit.workspace(str(wanted.get("team_id")))
    user_id, callback_id = person(workspace, wanted), str(wanted.get("callback_id", ""))
    installation = visit.installation(str(wanted.get("app_id")), workspace.team_id)
    if "ts" not in wanted:
        outcome = await use_shortcut(
            visit.state, installation, user_id=user_id, callback_id=callback_id
        )
        return json_answer(told(outcome))
    channel, message = message_in(workspace, wanted)
    outcome = await use_message_shortcut(
        visit.state, installation, channel, message, user_id=user_id, callback_id=callback_id
    )
    return json_answer(told(outcome))


async def post_interaction(visit: Visit) -> StreamResponse:
    """Any `payload`, as Slack would send it for this person: with what every one of them has."""
    wanted = await visit.json()
    payload = wanted.get("payload")
    if not isinstance(payload, dict):
        raise HttpError(400, "payload is an object")
    workspace = visit.workspace(str(wanted.get("team_id")))
    installation = visit.installation(str(wanted.get("app_id")), workspace.team_id)
    user_id, kind = person(workspace, wanted), str(payload.get("type"))
    common = person_payload(visit.state, installation, user_id, kind=kind)
    return json_answer(told(await interact(visit.state, installation, common | payload)))


async def post_react(visit: Visit) -> StreamResponse:
    """`name` of an emoji without colons; `"remove": true` takes the reaction back."""
    wanted = await visit.json()
    workspace = visit.workspace(str(wanted.get("team_id")))
    channel, message = message_in(workspace, wanted)
    user_id = person(workspace, wanted, default=channel.user)
    change = unreact if wanted.get("remove") else react
    name = str(wanted.get("name", ""))
    done = change(visit.state, workspace, channel, message, user_id=user_id, name=name)
    return json_answer({"ok": done})


async def post_home(visit: Visit) -> StreamResponse:
    """The person opens the app; `tab` is home (as is usual) or messages."""
    wanted = await visit.json()
    workspace = visit.workspace(str(wanted.get("team_id")))
    user_id = person(workspace, wanted)
    installation = visit.installation(str(wanted.get("app_id")), workspace.team_id)
    tab = str(wanted.get("tab", "home"))
    channel = open_app(visit.state, installation, user_id=user_id, tab=tab)
    return json_answer({"ok": True, "channel": channel.id})
