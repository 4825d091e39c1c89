"""auth.test, auth.teams.list, auth.revoke and apps.uninstall: what a token says, and its end."""

from hmac import compare_digest

from sandbox.api.errors import SlackError
from sandbox.api.methods import HUNDREDS, T1, T2, T3, Call, method
from sandbox.api.paging import page
from sandbox.events.lifecycle import uninstall
from sandbox.world.apps import Death
from sandbox.world.workspace import Doc


@method("auth.test", tier=HUNDREDS)
def auth_test(call: Call) -> Doc:
    installation, workspace = call.installation, call.workspace
    said: Doc = {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.users[installation.bot_user_id]["name"],
        "team_id": workspace.team_id,
        "user_id": installation.bot_user_id,
        "bot_id": installation.bot_id,
        "is_enterprise_install": installation.org is not None,
    }
    if workspace.enterprise_id:
        said["enterprise_id"] = workspace.enterprise_id
    return said


@method("auth.teams.list", tier=T2)
def auth_teams_list(call: Call) -> Doc:
    """A token of one workspace sees that one alone."""
    org = call.installation.org
    seen = [call.installation] if org is None else [*org.there.values()]
    teams = {each.workspace.team_id: each.workspace.name for each in seen}
    chosen, following = page(call, {key: {"id": key, "name": name} for key, name in teams.items()})
    return {"ok": True, "teams": chosen, "response_metadata": {"next_cursor": following}}


@method("auth.revoke", tier=T3)
def auth_revoke(call: Call) -> Doc:
    """Ends the installation; where tokens rotate, the token alone."""
    if call.flag("test"):
        return {"ok": True, "revoked": False}
    if call.installation.app.token_rotation:
        call.sandbox.installations.end_token(call.installation, call.token, Death.REVOKED)
        return {"ok": True, "revoked": True}
    uninstall(call.sandbox, call.installation)
    return {"ok": True, "revoked": True}


@method("apps.uninstall", tier=T1)
def apps_uninstall(call: Call) -> Doc:
    app = call.installation.app
    if call.args.get("client_id") != app.client_id:
        raise SlackError("invalid_client_id" if call.args.get("client_id") else "invalid_arguments")
    if not compare_digest(str(call.args.get("client_secret", "")), app.client_secret):
        raise SlackError("bad_client_secret")
    uninstall(call.sandbox, call.installation)
    return {"ok": True}
