"""Control verbs that put things in place: apps, workspaces, people, installations."""

from typing import Any

from aiohttp.web import StreamResponse

from sandbox.api.oauth_access import installed
from sandbox.events.lifecycle import revoke, uninstall
from sandbox.events.subscriptions import person_changed, person_joined
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.state import Sandbox
from sandbox.world.apps import SlackApp
from sandbox.world.ids import slack_id
from sandbox.world.people import ZONES, deactivate, person
from sandbox.world.seeds import make_workspace
from sandbox.world.workspace import Doc, Workspace, is_reachable

BOT_SCOPES = [
    "app_mentions:read", "channels:history", "channels:join", "channels:manage", "channels:read",
    "chat:write", "chat:write.public", "commands", "groups:read", "im:history", "im:read",
    "im:write", "metadata.message:read", "reactions:read", "reactions:write", "team:read",
    "users:read",
]  # fmt: skip
"""What an app has that is installed by the control API and names no scopes of its own."""


def add_routes(router: Router) -> None:
    router.route("PUT", "/control/apps/{app}")(put_app)
    router.route("POST", "/control/workspaces")(post_workspace)
    router.route("GET", "/control/workspaces")(get_workspaces)
    router.route("GET", "/control/workspaces/{team}/users")(get_users)
    router.route("POST", "/control/workspaces/{team}/users")(post_user)
    router.route("PATCH", "/control/workspaces/{team}/users/{user}")(patch_user)
    router.route("POST", "/control/install")(post_install)
    router.route("POST", "/control/revoke")(post_revoke)
    router.route("POST", "/control/uninstall")(post_uninstall)


async def put_app(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    app_id = visit.path["app"]
    allowed = set(SlackApp.__dataclass_fields__) - {"app_id"}
    if unknown := wanted.keys() - allowed:
        raise HttpError(400, f"an app has no {', '.join(sorted(unknown))}")
    before = visit.state.apps.get(app_id)
    if before:
        for name, value in wanted.items():
            setattr(before, name, value)
        if not before.socket_mode:
            visit.state.sockets.disable(app_id)
        return json_answer({"ok": True, "app_id": app_id})
    known: Doc = {
        "name": app_id,
        "client_id": app_id,
        "client_secret": f"secret-of-{app_id}",
        "signing_secret": f"signing-secret-of-{app_id}",
        "app_token": f"xapp-1-{app_id}-secret",
    }
    visit.state.apps[app_id] = SlackApp(app_id=app_id, **(known | wanted))
    return json_answer({"ok": True, "app_id": app_id})


async def post_workspace(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    number = len(visit.state.workspaces) + 1
    domain = str(wanted.get("domain") or f"workspace-{number}")
    workspace = make_workspace(
        name=str(wanted.get("name") or domain),
        domain=domain,
        people=int(wanted.get("people", 5)),
        channels=int(wanted.get("channels", 3)),
        team_id=wanted.get("team_id"),
        enterprise=wanted.get("enterprise"),
    )
    if workspace.team_id in visit.state.workspaces:
        raise HttpError(409, f"there is a workspace {workspace.team_id} already")
    visit.state.workspaces[workspace.team_id] = workspace
    return json_answer(workspace_document(visit.state, workspace), 201)


async def get_workspaces(visit: Visit) -> StreamResponse:
    documents = [workspace_document(visit.state, each) for each in visit.state.workspaces.values()]
    return json_answer(documents)


def workspace_document(state: Sandbox, workspace: Workspace) -> Doc:
    installations = state.installations.of_team(workspace.team_id)
    return {
        "team_id": workspace.team_id,
        "name": workspace.name,
        "domain": workspace.domain,
        "enterprise": workspace.enterprise,
        "reachable": sum(1 for _ in workspace.reachable()),
        "people": len(workspace.users),
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "kind": channel.kind,
                "is_archived": channel.is_archived,
                "members": len(channel.members),
            }
            for channel in workspace.channels.values()
            if channel.name
        ],
        "installed_apps": [each.app.app_id for each in installations],
    }


async def get_users(visit: Visit) -> StreamResponse:
    """`dm` is that of the app named by ?app_id=, else of the first one installed."""
    workspace = visit.workspace()
    installations = visit.state.installations.of_team(workspace.team_id)
    first = installations[0].app.app_id if installations else ""
    app_id = visit.query.get("app_id") or first
    documents = []
    for user in workspace.users.values():
        dm = workspace.dms.get((app_id, user["id"]))
        reachable = is_reachable(user)
        documents.append(user | {"dm": dm.id if dm else None, "reachable": reachable})
    return json_answer(documents)


async def post_user(visit: Visit) -> StreamResponse:
    wanted, workspace = await visit.json(), visit.workspace()
    number = len(workspace.users)
    name = str(wanted.get("real_name") or f"Newcomer {number}")
    user_id = str(wanted.get("id") or slack_id("U", workspace.domain, f"joined-{number}"))
    user = person(
        workspace.team_id,
        user_id,
        name,
        handle=str(wanted.get("name") or f"newcomer{number}"),
        zone=next((zone for zone in ZONES if zone[0] == wanted.get("tz")), ZONES[3]),
        display_name=str(wanted.get("display_name") or ""),
        email=wanted.get("email"),
    )
    _apply(user, {key: value for key, value in wanted.items() if key.startswith("is_")})
    workspace.users[user_id] = user
    workspace_general = next(each for each in workspace.channels.values() if each.is_general)
    workspace_general.members[user_id] = None
    person_joined(visit.state, workspace, user)
    return json_answer(user, 201)


async def patch_user(visit: Visit) -> StreamResponse:
    changes, workspace = await visit.json(), visit.workspace()
    user = workspace.users.get(visit.path["user"])
    if user is None:
        raise HttpError(404, f"no user {visit.path['user']}")
    _apply(user, changes)
    person_changed(visit.state, workspace, user)
    return json_answer(user)


def _apply(user: Doc, changes: dict[str, Any]) -> None:
    """Change a user document the way Slack's own pages would."""
    for key, value in changes.items():
        if key == "deleted":
            if value:
                deactivate(user)
            else:
                zone = ZONES[3]
                user.update(deleted=False, real_name=user["profile"]["real_name"])
                user.update(tz=zone[0], tz_label=zone[1], tz_offset=zone[2])
        elif key in ("real_name", "display_name"):
            user["profile"][key] = user["profile"][f"{key}_normalized"] = value
            if key == "real_name":
                user["real_name"] = value
                first, _, last = value.partition(" ")
                user["profile"].update(first_name=first, last_name=last)
        elif key == "profile":
            user["profile"].update(value)
        else:
            user[key] = value


def _app(visit: Visit, app_id: str) -> SlackApp:
    app = visit.state.apps.get(app_id)
    if app is None:
        raise HttpError(404, f"no app {app_id}")
    return app


async def post_install(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    app = _app(visit, str(wanted.get("app_id")))
    workspace = visit.workspace(str(wanted.get("team_id")))
    scopes = list(wanted.get("scopes") or app.scopes or BOT_SCOPES)
    installation = visit.state.install(app, workspace, scopes, workspace.owner["id"])
    return json_answer(installed(visit.state, installation) | {"bot_id": installation.bot_id})


async def post_revoke(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    installation = visit.installation(str(wanted.get("app_id")), str(wanted.get("team_id")))
    revoke(visit.state, installation, event=bool(wanted.get("event", True)))
    return json_answer({"ok": True})


async def post_uninstall(visit: Visit) -> StreamResponse:
    wanted = await visit.json()
    uninstall(
        visit.state, visit.installation(str(wanted.get("app_id")), str(wanted.get("team_id")))
    )
    return json_answer({"ok": True})
