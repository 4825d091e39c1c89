"""conversations.create, rename, archive, setTopic, setPurpose and kick: a bot keeps channels."""

import re
import time

from sandbox.api.conversations import shown, visible
from sandbox.api.errors import SlackError
from sandbox.api.methods import T2, T3, Call, method, missing_scope
from sandbox.events import channels as events
from sandbox.world.ids import slack_id
from sandbox.world.workspace import Channel, Doc, Kind

NAME_CHARS, TOPIC_CHARS = 80, 250
_NAME = re.compile(r"[^\W_A-Z]([\w-]*\w)?|_[\w-]*", re.UNICODE)
_SCOPES = {Kind.PUBLIC: "channels:manage", Kind.PRIVATE: "groups:write"}


@method("conversations.create", tier=T2)
def conversations_create(call: Call) -> Doc:
    """The bot is in it, and nobody else yet."""
    kind = Kind.PRIVATE if call.flag("is_private") else Kind.PUBLIC
    call.require_scope(_SCOPES[kind])
    name, bot = _new_name(call), call.installation.bot_user_id
    channel = Channel(
        id=slack_id("C", call.workspace.team_id, name),
        name=name,
        kind=kind,
        created=int(time.time()),
        creator=bot,
        members={bot: None},
    )
    call.workspace.channels[channel.id] = channel
    events.created(call.sandbox, call.workspace, channel)
    return {"ok": True, "channel": shown(call, channel)}


@method("conversations.rename", tier=T2)
def conversations_rename(call: Call) -> Doc:
    channel = _own(call)
    if channel.creator != call.installation.bot_user_id:
        raise SlackError("not_authorized")
    channel.name = _new_name(call)
    events.renamed(call.sandbox, call.workspace, channel)
    return {"ok": True, "channel": shown(call, channel)}


@method("conversations.archive", tier=T2)
def conversations_archive(call: Call) -> Doc:
    """A bot cannot take it back."""
    channel = _own(call, archived="already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    channel.is_archived = True
    events.archived(call.sandbox, call.workspace, channel)
    return {"ok": True}


@method("conversations.setTopic", tier=T2)
def conversations_set_topic(call: Call) -> Doc:
    channel = _own(call)
    channel.topic = _short(call, "topic")
    return {"ok": True, "channel": shown(call, channel)}


@method("conversations.setPurpose", tier=T2)
def conversations_set_purpose(call: Call) -> Doc:
    channel = _own(call)
    channel.purpose = _short(call, "purpose")
    return {"ok": True, "purpose": channel.purpose}


@method("conversations.kick", tier=T3)
def conversations_kick(call: Call) -> Doc:
    channel, user_id = _own(call), call.text("user")
    bot = call.installation.bot_user_id
    if user_id == bot:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    if user_id not in call.workspace.users:
        raise SlackError("user_not_found")
    if user_id not in channel.members:
        raise SlackError("not_in_channel")
    del channel.members[user_id]
    events.joined_or_left(call.sandbox, call.workspace, channel, user_id, by=bot)
    return {"ok": True, "errors": {}}


def _own(call: Call, *, archived: str = "is_archived") -> Channel:
    """A living channel that the bot is in and may change."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    scope = _SCOPES.get(channel.kind)
    if scope is None:
        raise SlackError("method_not_supported_for_channel_type")
    if scope not in call.installation.scopes:
        raise missing_scope(scope, call.installation.scopes)
    if channel.is_archived:
        raise SlackError(archived)
    if call.installation.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _new_name(call: Call) -> str:
    name = str(call.args.get("name") or "")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_CHARS:
        raise SlackError("invalid_name_maxlength")
    if name != name.lower() or not _NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if call.workspace.channel_named(name):
        raise SlackError("name_taken")
    return name


def _short(call: Call, what: str) -> str:
    value = str(call.args.get(what) or "")
    if len(value) > TOPIC_CHARS:
        raise SlackError("too_long")
    return value
