"""usergroups.list and usergroups.users.list: names for several people at once."""

from sandbox.api.errors import SlackError
from sandbox.api.methods import T2, Call, method
from sandbox.world.workspace import Doc


@method("usergroups.list", tier=T2, scope="usergroups:read")
def usergroups_list(call: Call) -> Doc:
    with_users, with_count = call.flag("include_users"), call.flag("include_count")
    hidden = {
        name for name, asked in (("users", with_users), ("user_count", with_count)) if not asked
    }
    groups = [
        {key: group[key] for key in group if key not in hidden}
        for group in call.workspace.usergroups.values()
        if call.flag("include_disabled") or not group["date_delete"]
    ]
    return {"ok": True, "usergroups": groups}


@method("usergroups.users.list", tier=T2, scope="usergroups:read")
def usergroups_users_list(call: Call) -> Doc:
    group = call.workspace.usergroups.get(call.text("usergroup"))
    if group is None or (group["date_delete"] and not call.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"ok": True, "users": group["users"]}
