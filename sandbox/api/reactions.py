"""reactions.add, remove and get."""

import re

from sandbox.api.conversations import visible
from sandbox.api.errors import SlackError
from sandbox.api.methods import T2, T3, Call, method
from sandbox.events.reactions import react, unreact
from sandbox.world.workspace import Channel, Doc, Message

_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
_TS = re.compile(r"\d{1,12}\.\d{1,6}")


@method("reactions.add", tier=T3, scope="reactions:write")
def reactions_add(call: Call) -> Doc:
    channel, message = _item(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    user_id, name = call.installation.bot_user_id, _name(call)
    if not react(call.sandbox, call.workspace, channel, message, user_id=user_id, name=name):
        raise SlackError("already_reacted")
    return {"ok": True}


@method("reactions.remove", tier=T2, scope="reactions:write")
def reactions_remove(call: Call) -> Doc:
    channel, message = _item(call)
    user_id, name = call.installation.bot_user_id, _name(call)
    if not unreact(call.sandbox, call.workspace, channel, message, user_id=user_id, name=name):
        raise SlackError("no_reaction")
    return {"ok": True}


@method("reactions.get", tier=T3, scope="reactions:read")
def reactions_get(call: Call) -> Doc:
    channel, message = _item(call)
    document = message.document(call.workspace.team_id)
    return {"ok": True, "type": "message", "channel": channel.id, "message": document}


def _name(call: Call) -> str:
    name = call.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return name


def _item(call: Call) -> tuple[Channel, Message]:
    if not (call.args.get("channel") and call.args.get("timestamp")):
        raise SlackError("no_item_specified")
    channel = call.workspace.channels.get(str(call.args["channel"]))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    timestamp = str(call.args["timestamp"])
    if not _TS.fullmatch(timestamp):
        raise SlackError("bad_timestamp")
    message = channel.message(timestamp)
    if message is None or message.only_for is not None:
        raise SlackError("message_not_found")
    return channel, message
