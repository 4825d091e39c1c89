"""team.info, users.list, info, lookupByEmail and profile.get: who there is."""

from sandbox.api.errors import SlackError
from sandbox.api.methods import T2, T3, T4, Call, method
from sandbox.api.paging import page
from sandbox.world.people import CREATED
from sandbox.world.workspace import Doc


@method("team.info", tier=T3, scope="team:read")
def team_info(call: Call) -> Doc:
    workspace = call.workspace
    wanted = call.args.get("team")
    if wanted and wanted != workspace.team_id:
        raise SlackError("team_not_found")
    team: Doc = {
        "id": workspace.team_id,
        "name": workspace.name,
        "url": f"https://{workspace.domain}.slack.com/",
        "domain": workspace.domain,
        "email_domain": "",
        "icon": {"image_default": True},
        "avatar_base_url": "",
        "is_verified": False,
    }
    if workspace.enterprise:
        team["enterprise_id"] = workspace.enterprise["id"]
        team["enterprise_name"] = workspace.enterprise["name"]
        team["enterprise_domain"] = workspace.enterprise.get("domain", "")
    return {"ok": True, "team": team}


@method("users.list", tier=T2, scope="users:read")
def users_list(call: Call) -> Doc:
    users = call.workspace.users
    ceiling = call.sandbox.answers.users_list_limit_required
    if ceiling and len(users) > ceiling and not call.args.get("limit"):
        raise SlackError("limit_required")
    members, following = page(call, users)
    return {
        "ok": True,
        "members": [_shown(call, user) for user in members],
        "cache_ts": CREATED,
        "response_metadata": {"next_cursor": following},
    }


@method("users.info", tier=T4, scope="users:read")
def users_info(call: Call) -> Doc:
    user = call.workspace.users.get(call.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": _shown(call, user)}


@method("users.lookupByEmail", tier=T3, scope="users:read.email")
def users_lookup_by_email(call: Call) -> Doc:
    """Somebody who left is not found."""
    email = call.text("email").casefold()
    for user in call.workspace.users.values():
        if not user["deleted"] and str(user["profile"].get("email")).casefold() == email:
            return {"ok": True, "user": _shown(call, user)}
    raise SlackError("users_not_found")


@method("users.profile.get", tier=T4, scope="users.profile:read")
def users_profile_get(call: Call) -> Doc:
    """Of `user`, else of the bot."""
    user_id = str(call.args.get("user") or call.installation.bot_user_id)
    user = call.workspace.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found")
    return {"ok": True, "profile": _shown(call, user)["profile"]}


def _shown(call: Call, user: Doc) -> Doc:
    """An app without users:read.email does not see addresses."""
    if "email" not in user["profile"] or "users:read.email" in call.installation.scopes:
        return user
    profile = {key: value for key, value in user["profile"].items() if key != "email"}
    return user | {"profile": profile}
