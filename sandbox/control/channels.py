"""Control verbs about a workspace's name, its channels and its user groups."""

from aiohttp.web import StreamResponse

from sandbox.control.place import workspace_document
from sandbox.events import channels as events
from sandbox.events.usergroups import put_usergroup
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.world.ids import slack_id
from sandbox.world.people import CREATED
from sandbox.world.workspace import Channel, Doc, Kind

_GROUP = "/control/workspaces/{team}/usergroups/{handle}"
_CHANNELS = "/control/workspaces/{team}/channels"


def add_routes(router: Router) -> None:
    router.route("PATCH", "/control/workspaces/{team}")(patch_workspace)
    router.route("POST", _CHANNELS)(post_channel)
    router.route("PUT", _GROUP)(put_group)
    router.route("PATCH", f"{_CHANNELS}/{{channel}}")(patch_channel)
    router.route("POST", f"{_CHANNELS}/{{channel}}/members")(post_member)


async def patch_workspace(visit: Visit) -> StreamResponse:
    wanted, workspace = await visit.json(), visit.workspace()
    workspace.name = str(wanted.get("name", workspace.name))
    workspace.domain = str(wanted.get("domain", workspace.domain))
    events.team_changed(visit.state, workspace, name="name" in wanted, domain="domain" in wanted)
    return json_answer(workspace_document(visit.state, workspace))


async def post_channel(visit: Visit) -> StreamResponse:
    wanted, workspace = await visit.json(), visit.workspace()
    name = str(wanted.get("name", ""))
    if not name or workspace.channel_named(name):
        raise HttpError(409, "a new channel needs a name of its own")
    owner = workspace.owner["id"]
    channel = Channel(
        id=slack_id("C", workspace.team_id, name),
        name=name,
        kind=Kind.PRIVATE if wanted.get("is_private") else Kind.PUBLIC,
        created=CREATED,
        creator=owner,
        members={owner: None},
    )
    workspace.channels[channel.id] = channel
    events.created(visit.state, workspace, channel)
    return json_answer(_document(channel), 201)


async def put_group(visit: Visit) -> StreamResponse:
    """`name`, `users`, `disabled`; the group is made when there is none of this handle."""
    wanted, workspace = await visit.json(), visit.workspace()
    if unknown := set(map(str, wanted.get("users", []))) - workspace.users.keys():
        raise HttpError(404, f"no user {', '.join(sorted(unknown))}")
    return json_answer(put_usergroup(visit.state, workspace, visit.path["handle"], wanted))


async def patch_channel(visit: Visit) -> StreamResponse:
    wanted, workspace, channel = await visit.json(), visit.workspace(), _channel(visit)
    if "name" in wanted:
        channel.name = str(wanted["name"])
        events.renamed(visit.state, workspace, channel)
    if "is_archived" in wanted:
        channel.is_archived = bool(wanted["is_archived"])
        events.archived(visit.state, workspace, channel)
    return json_answer(_document(channel))


async def post_member(visit: Visit) -> StreamResponse:
    """A person or an app's bot comes into a channel, or goes with `"leave": true`.

    `by` is who added or removed them.
    """
    wanted, workspace, channel = await visit.json(), visit.workspace(), _channel(visit)
    user_id = str(wanted.get("user", ""))
    if wanted.get("app_id"):
        user_id = visit.installation(str(wanted["app_id"]), workspace.team_id).bot_user_id
    if user_id not in workspace.users:
        raise HttpError(404, f"no user {user_id}")
    if wanted.get("leave"):
        channel.members.pop(user_id, None)
    else:
        channel.members[user_id] = None
    by = str(wanted["by"]) if wanted.get("by") else None
    events.joined_or_left(visit.state, workspace, channel, user_id, by=by)
    return json_answer(_document(channel))


def _channel(visit: Visit) -> Channel:
    workspace, name = visit.workspace(), visit.path["channel"]
    channel = workspace.channels.get(name) or workspace.channel_named(name)
    if channel is None:
        raise HttpError(404, f"no channel {name}")
    return channel


def _document(channel: Channel) -> Doc:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "is_archived": channel.is_archived,
        "members": list(channel.members),
    }
