"""The list of workspaces, and the page of one: its channels and its people."""

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp.web import StreamResponse

from sandbox.events.home import open_app
from sandbox.pages.render import page, redirect
from sandbox.routing import Router, Visit
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel, Doc, Kind, Workspace, is_reachable


def add_routes(router: Router) -> None:
    router.route("GET", "/")(get_workspaces)
    router.route("GET", "/w/{team}/?")(get_workspace)
    router.route("GET", "/w/{team}/dm/{app}/{user}")(get_dm)
    router.route("GET", "/app_redirect")(get_app)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the sidebar."""

    address: str
    label: str
    unread: int
    current: bool
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Sidebar:
    """What one person of a workspace sees at the left."""

    workspace: Workspace
    viewer: Doc
    viewers: list[Doc]
    channels: list[Link]
    dms: list[Link]


def sidebar(
    state: Sandbox, workspace: Workspace, viewer: Doc, current: Channel | None = None
) -> Sidebar:
    viewer_id = viewer["id"]
    base = f"/w/{workspace.team_id}"
    channels = [
        Link(
            f"{base}/c/{channel.id}?as={viewer_id}",
            channel.name,
            channel.unread(viewer_id),
            channel is current,
            channel.kind is Kind.PRIVATE,
        )
        for channel in workspace.channels.values()
        if channel.kind is not Kind.DM and viewer_id in channel.members and not channel.is_archived
    ]
    dms = []
    for installation in state.installations.of_team(workspace.team_id):
        dm = workspace.dms.get((installation.app.app_id, viewer_id))
        address = f"{base}/dm/{installation.app.app_id}/{viewer_id}"
        unread = dm.unread(viewer_id) if dm else 0
        dms.append(Link(address, installation.app.name, unread, dm is not None and dm is current))
    viewers = sorted(workspace.reachable(), key=lambda user: str(user["real_name"]).casefold())
    return Sidebar(workspace, viewer, viewers, channels, dms)


def viewer_of(workspace: Workspace, user_id: str | None) -> Doc:
    """The person with this id, else the owner of the workspace."""
    user = workspace.users.get(user_id or "")
    return user if user and is_reachable(user) else workspace.owner


async def get_workspaces(visit: Visit) -> StreamResponse:
    rows = [
        {
            "workspace": workspace,
            "reachable": sum(1 for _ in workspace.reachable()),
            "apps": [
                each.app.name for each in visit.state.installations.of_team(workspace.team_id)
            ],
            "posts": sum(
                number
                for (_, team), number in visit.state.counts.posts.items()
                if team == workspace.team_id
            ),
        }
        for workspace in visit.state.workspaces.values()
    ]
    return page("workspaces.html", rows=rows)


async def get_workspace(visit: Visit) -> StreamResponse:
    workspace = visit.workspace()
    viewer = viewer_of(workspace, visit.query.get("as"))
    wanted = visit.query.get("q", "").strip()
    return page(
        "workspace.html",
        side=sidebar(visit.state, workspace, viewer),
        people=list(_people(visit.state, workspace, wanted)),
        wanted=wanted,
    )


async def get_dm(visit: Visit) -> StreamResponse:
    """Open the DM of an app and a person, as a click on the app's name does in Slack."""
    workspace = visit.workspace()
    installation = visit.installation(visit.path["app"], workspace.team_id)
    user_id = visit.path["user"]
    if user_id not in workspace.users or not is_reachable(workspace.users[user_id]):
        return page("refusal.html", 404, code=user_id, sentence="This person has no DM here.")
    dm = open_app(visit.state, installation, user_id=user_id, tab="messages")
    return redirect(f"/w/{workspace.team_id}/c/{dm.id}?as={user_id}")


async def get_app(visit: Visit) -> StreamResponse:
    """Slack's link to an app, as pages after an install carry it; without a team, a choice."""
    team_id, app_id = visit.query.get("team", ""), visit.query.get("app", "")
    if not team_id:
        return redirect("/")
    workspace = visit.workspace(team_id)
    installation = visit.installation(app_id, team_id)
    return redirect(f"/w/{team_id}/dm/{installation.app.app_id}/{workspace.owner['id']}")


def _people(state: Sandbox, workspace: Workspace, wanted: str) -> Iterator[dict[str, object]]:
    installations = state.installations.of_team(workspace.team_id)
    for user in workspace.users.values():
        name = user["profile"]["real_name"]
        if wanted.casefold() not in f"{name} {user['name']}".casefold():
            continue
        yield {
            "name": name,
            "user": user,
            "state": person_state(user),
            "dms": list(_dm_links(workspace, installations, user)),
        }


def _dm_links(
    workspace: Workspace, installations: list[Installation], user: Doc
) -> Iterator[dict[str, object]]:
    if not is_reachable(user):
        return
    for installation in installations:
        dm = workspace.dms.get((installation.app.app_id, user["id"]))
        yield {
            "address": f"/w/{workspace.team_id}/dm/{installation.app.app_id}/{user['id']}",
            "app": installation.app.name,
            "messages": len(dm.messages) if dm else 0,
            "unread": dm.unread(user["id"]) if dm else 0,
        }


def person_state(user: Doc) -> str:
    """One word on what kind of member somebody is."""
    if user["id"] == "USLACKBOT":
        return "Slack's own bot"
    if user["is_bot"]:
        return "bot"
    if user["deleted"]:
        return "deactivated"
    if user.get("is_stranger"):
        return "stranger"
    if user["is_restricted"]:
        return "guest"
    return "owner" if user["is_owner"] else "member"
