"""A control verb that installs an app in a whole organisation."""

from aiohttp.web import StreamResponse

from sandbox.api.oauth_access import installed
from sandbox.control.place import BOT_SCOPES
from sandbox.routing import HttpError, Router, Visit, json_answer
from sandbox.state import Sandbox
from sandbox.world.apps import Installation, SlackApp
from sandbox.world.people import CREATED, bot_user
from sandbox.world.workspace import Doc, Workspace


def add_routes(router: Router) -> None:
    router.route("PUT", "/control/orgs/{org}/apps/{app}")(put_app)


async def put_app(visit: Visit) -> StreamResponse:
    """Installs it the first time; `teams` are the workspaces that admins let it into."""
    wanted, state = await visit.json(), visit.state
    app = state.apps.get(visit.path["app"])
    if app is None:
        raise HttpError(404, f"no app {visit.path['app']}")
    of_org = state.installations.find(app.app_id, visit.path["org"])
    if of_org is None:
        enterprise = {"id": visit.path["org"], "name": str(wanted.get("name", "Big Corp"))}
        of_org = _install(state, app, enterprise, list(wanted.get("scopes") or BOT_SCOPES))
    _let_into(state, of_org, [visit.workspace(str(each)) for each in wanted.get("teams", [])])
    return json_answer(installed(state, of_org) | {"bot_id": of_org.bot_id})


def _install(state: Sandbox, app: SlackApp, enterprise: Doc, scopes: list[str]) -> Installation:
    name = enterprise["name"]
    home = Workspace(enterprise["id"], name, name.lower().replace(" ", "-"), CREATED, enterprise)
    of_org = state.installations.install_org(app, home, scopes)
    home.users[of_org.bot_user_id] = _bot(of_org, home)
    return of_org


def _let_into(state: Sandbox, of_org: Installation, workspaces: list[Workspace]) -> None:
    assert of_org.org is not None
    enterprise = of_org.workspace.enterprise
    for team_id in of_org.org.there.keys() - {each.team_id for each in workspaces}:
        state.installations.take_from_workspace(of_org, team_id)
    for workspace in workspaces:
        workspace.enterprise = enterprise
        for user in workspace.users.values():
            user["enterprise_user"] = {"id": user["id"], "enterprise_id": of_org.workspace.team_id}
        workspace.users[of_org.bot_user_id] = _bot(of_org, workspace)
        state.installations.add_to_workspace(of_org, workspace)


def _bot(of_org: Installation, workspace: Workspace) -> Doc:
    return bot_user(
        workspace.team_id,
        of_org.bot_user_id,
        of_org.app.name,
        app_id=of_org.app.app_id,
        bot_id=of_org.bot_id,
    )
