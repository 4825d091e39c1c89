"""conversations.join and leave: the bot comes into a channel, or goes."""

from sandbox.api.conversations import shown, visible
from sandbox.api.errors import SlackError
from sandbox.api.methods import T3, Call, method, missing_scope
from sandbox.events.channels import joined_or_left
from sandbox.world.workspace import Channel, Doc, Kind

_LEAVE_SCOPE = {Kind.PUBLIC: "channels:manage", Kind.PRIVATE: "groups:write"}


@method("conversations.join", tier=T3, scope="channels:join")
def conversations_join(call: Call) -> Doc:
    channel, bot = _channel(call), call.installation.bot_user_id
    if channel.kind is not Kind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if bot in channel.members:
        answer = {"ok": True, "channel": shown(call, channel), "warning": "already_in_channel"}
        return answer | {"response_metadata": {"warnings": ["already_in_channel"]}}
    channel.members[bot] = None
    joined_or_left(call.sandbox, call.workspace, channel, bot)
    return {"ok": True, "channel": shown(call, channel)}


@method("conversations.leave", tier=T3)
def conversations_leave(call: Call) -> Doc:
    channel, bot = _channel(call), call.installation.bot_user_id
    scope = _LEAVE_SCOPE.get(channel.kind)
    if scope is None:
        raise SlackError("method_not_supported_for_channel_type")
    if scope not in call.installation.scopes:
        raise missing_scope(scope, call.installation.scopes)
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if channel.is_archived:
        raise SlackError("is_archived")
    if bot not in channel.members:
        return {"ok": True, "not_in_channel": True}
    del channel.members[bot]
    joined_or_left(call.sandbox, call.workspace, channel, bot)
    return {"ok": True}


def _channel(call: Call) -> Channel:
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    return channel
