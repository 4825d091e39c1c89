"""users.conversations and conversations.invite: who is in which conversation."""

from sandbox.api.conversations import kinds_asked_for, shown, visible
from sandbox.api.errors import SlackError
from sandbox.api.methods import T3, Call, method, missing_scope
from sandbox.api.paging import page
from sandbox.events.channels import joined_or_left
from sandbox.world.workspace import Channel, Doc, Kind

MOST_INVITED = 1000
_INVITE_SCOPES = {
    Kind.PUBLIC: ("channels:manage", "channels:write.invites"),
    Kind.PRIVATE: ("groups:write", "groups:write.invites"),
}


@method("users.conversations", tier=T3)
def users_conversations(call: Call) -> Doc:
    """Those that the bot, or `user`, is in; of another's none that the bot does not see."""
    kinds, skip_archived = kinds_asked_for(call), call.flag("exclude_archived")
    user_id = str(call.args.get("user") or call.installation.bot_user_id)
    if user_id not in call.workspace.users:
        raise SlackError("user_not_found")
    channels = {
        channel.id: channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and user_id in channel.members
        and visible(call, channel)
        and not (skip_archived and channel.is_archived)
    }
    chosen, following = page(call, channels)
    return {
        "ok": True,
        "channels": [_shown(call, channel) for channel in chosen],
        "response_metadata": {"next_cursor": following},
    }


def _shown(call: Call, channel: Channel) -> Doc:
    """Slack tells nothing of membership here, since it is what was asked for."""
    document = shown(call, channel)
    return {key: document[key] for key in document if key not in ("is_member", "num_members")}


@method("conversations.invite", tier=T3)
def conversations_invite(call: Call) -> Doc:
    """`users` come in; as long as one of them cannot, none does, unless `force` says otherwise."""
    channel = _channel(call)
    users = [user for user in call.names("users") if user]
    if not users:
        raise SlackError("no_user")
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    faults = {user: fault for user in users if (fault := _fault(call, channel, user))}
    coming = [user for user in users if user not in faults]
    if faults and not (call.flag("force") and coming):
        errors = [{"ok": False, "error": fault, "user": user} for user, fault in faults.items()]
        raise SlackError(next(iter(faults.values())), errors=errors)
    for user in coming:
        channel.members[user] = None
        by = call.installation.bot_user_id
        joined_or_left(call.sandbox, call.workspace, channel, user, by=by)
    return {"ok": True, "channel": shown(call, channel)}


def _channel(call: Call) -> Channel:
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    scopes = _INVITE_SCOPES.get(channel.kind)
    if scopes is None:
        raise SlackError("method_not_supported_for_channel_type")
    if not set(scopes) & set(call.installation.scopes):
        raise missing_scope(scopes[0], call.installation.scopes)
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.installation.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _fault(call: Call, channel: Channel, user_id: str) -> str | None:
    user = call.workspace.users.get(user_id)
    if user is None or user["deleted"]:
        return "user_not_found"
    if user_id == call.installation.bot_user_id:
        return "cant_invite_self"
    return "already_in_channel" if user_id in channel.members else None
