"""User groups: how they change, and what the apps of the workspace hear of it."""

import time

from sandbox.events.subscriptions import emit_to_all
from sandbox.state import Sandbox
from sandbox.world.ids import slack_id
from sandbox.world.workspace import Doc, Workspace


def put_usergroup(state: Sandbox, workspace: Workspace, handle: str, changes: Doc) -> Doc:
    """Make the group of this handle, or change its `name`, `users` or `disabled`."""
    now = int(time.time())
    group_id = slack_id("S", workspace.team_id, handle)
    before = workspace.usergroups.get(group_id)
    group = dict(before) if before else _new(workspace, group_id, handle, now)
    group["name"] = str(changes.get("name", group["name"]))
    group["users"] = [str(each) for each in changes.get("users", group["users"])]
    group["user_count"] = len(group["users"])
    if "disabled" in changes:
        group["date_delete"] = now if changes["disabled"] else 0
    group["date_update"] = now
    workspace.usergroups[group_id] = group
    kind = "subteam_updated" if before else "subteam_created"
    emit_to_all(state, workspace, kind, {"type": kind, "subteam": group})
    return group


def _new(workspace: Workspace, group_id: str, handle: str, now: int) -> Doc:
    owner = workspace.owner["id"]
    return {
        "id": group_id,
        "team_id": workspace.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": handle,
        "description": "",
        "handle": handle,
        "is_external": False,
        "date_create": now,
        "date_update": now,
        "date_delete": 0,
        "auto_type": None,
        "created_by": owner,
        "updated_by": owner,
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "users": [],
        "user_count": 0,
    }
