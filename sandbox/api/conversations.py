"""conversations.list, open, info and members, with the scope that each kind of channel needs."""

from typing import Any

from sandbox.api.errors import SlackError, bad_arguments
from sandbox.api.methods import T2, T3, T4, Call, method, missing_scope
from sandbox.api.paging import page
from sandbox.world.workspace import Channel, Doc, Kind

_TYPES = {"public_channel": Kind.PUBLIC, "private_channel": Kind.PRIVATE, "im": Kind.DM}
_READ_SCOPE = {Kind.PUBLIC: "channels:read", Kind.PRIVATE: "groups:read", Kind.DM: "im:read"}


@method("conversations.list", tier=T2)
def conversations_list(call: Call) -> Doc:
    kinds = kinds_asked_for(call)
    skip_archived = call.flag("exclude_archived")
    channels = {
        channel.id: channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and visible(call, channel)
        and not (skip_archived and channel.is_archived)
    }
    chosen, following = page(call, channels)
    return {
        "ok": True,
        "channels": [shown(call, channel) for channel in chosen],
        "response_metadata": {"next_cursor": following},
    }


def kinds_asked_for(call: Call) -> set[Kind]:
    """Those of `types`, for each of which a scope is needed."""
    kinds = set()
    for name in call.names("types") or ["public_channel"]:
        if name not in (*_TYPES, "mpim"):
            raise SlackError("invalid_types")
        if name in _TYPES:
            kinds.add(_TYPES[name])
            call.require_scope(_READ_SCOPE[_TYPES[name]])
    return kinds


@method("conversations.info", tier=T3)
def conversations_info(call: Call) -> Doc:
    channel = find(call)
    document = shown(call, channel)
    if call.flag("include_num_members"):
        document["num_members"] = len(channel.members)
    return {"ok": True, "channel": document}


@method("conversations.members", tier=T4)
def conversations_members(call: Call) -> Doc:
    channel = find(call)
    members, following = page(call, {user: user for user in channel.members})
    return {"ok": True, "members": members, "response_metadata": {"next_cursor": following}}


@method("conversations.open", tier=T3)
def conversations_open(call: Call) -> Doc:
    call.require_scope("im:write")
    if call.args.get("channel"):
        channel = find(call)
        return _opened(channel, already=True, full=call.flag("return_im"))
    users = [user for user in call.names("users") if user]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise bad_arguments("the sandbox opens DMs with one person only")
    user_id = users[0]
    user = call.workspace.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found")
    if user["deleted"]:
        raise SlackError("user_disabled")
    if user["is_bot"] or user_id == "USLACKBOT":
        raise SlackError("cannot_dm_bot")
    if user.get("is_stranger"):
        raise SlackError("user_not_visible")
    app_id = call.installation.app.app_id
    already = (app_id, user_id) in call.workspace.dms
    channel = call.workspace.dm(app_id, call.installation.bot_user_id, user_id)
    return _opened(channel, already=already, full=call.flag("return_im"))


def _opened(channel: Channel, *, already: bool, full: bool) -> Doc:
    answer: Doc = {"ok": True, "channel": {"id": channel.id}}
    if already:
        answer.update(no_op=True, already_open=True)
    if full:
        answer["channel"].update(is_im=True, user=channel.user, created=channel.created)
    return answer


def find(call: Call) -> Channel:
    """The channel of the `channel` argument, when the app may see it and has the scope."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or not visible(call, channel):
        raise SlackError("channel_not_found")
    scope = _READ_SCOPE[channel.kind]
    if scope not in call.installation.scopes:
        raise missing_scope(scope, call.installation.scopes)
    return channel


def visible(call: Call, channel: Channel) -> bool:
    """A private channel or a DM is there for its members alone."""
    return channel.kind is Kind.PUBLIC or call.installation.bot_user_id in channel.members


def shown(call: Call, channel: Channel) -> Doc:
    if channel.kind is Kind.DM:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_archived": False,
            "is_org_shared": False,
            "user": channel.user,
            "is_user_deleted": call.workspace.users[channel.user]["deleted"],
            "context_team_id": call.workspace.team_id,
        }
    topic: dict[str, Any] = {"value": "", "creator": "", "last_set": 0}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind is Kind.PUBLIC,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.kind is Kind.PRIVATE,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.is_archived,
        "is_general": channel.is_general,
        "is_shared": False,
        "is_org_shared": False,
        "is_ext_shared": False,
        "is_member": call.installation.bot_user_id in channel.members,
        "context_team_id": call.workspace.team_id,
        "topic": topic | {"value": channel.topic},
        "purpose": topic | {"value": channel.purpose, "creator": channel.creator},
        "num_members": len(channel.members),
    }
