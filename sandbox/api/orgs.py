"""Which workspace a call is about whose token is that of a whole organisation."""

from sandbox.api.errors import SlackError
from sandbox.world.apps import Installation
from sandbox.world.workspace import Doc

_OF_ONE_WORKSPACE = {"conversations.list", "team.info", "users.conversations", "users.list"}
"""They need `team_id` with such a token."""


def placed(installation: Installation, name: str, args: Doc) -> Installation:
    """The installation in the workspace that is named, or that has the channel or the person.

    Calls that are about no workspace, such as auth.test, are the organisation's.
    """
    org = installation.org
    if org is None:
        return installation
    team_id = args.get("team_id") or (args.get("team") if name == "team.info" else None)
    if team_id:
        if team_id not in org.there:
            raise SlackError("team_access_not_granted")
        return org.there[str(team_id)]
    if name in _OF_ONE_WORKSPACE:
        raise SlackError("missing_argument")
    addresses = {str(args[key]) for key in ("channel", "user", "users") if args.get(key)}
    for each in org.there.values():
        if not addresses.isdisjoint({*each.workspace.channels, *each.workspace.users}):
            return each
    return installation
