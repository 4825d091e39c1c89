"""A connected team whose workspace is in the sandbox."""

from typing import Any

from sandbox.testing import RunningSandbox
from teams import sync
from teams.models import Team
from teams.tests.factories import make_app, make_team
from teams.tests.visiting import make_workspace, register


def connect(slack: RunningSandbox, domain: str, people: int = 12, /, **fields: Any) -> Team:
    app = make_app()
    register(slack, app)
    workspace = make_workspace(slack, domain, people)
    place = {"app_id": app.app_id, "team_id": workspace, "scopes": app.scope_list}
    bot = slack.control("POST", "install", place)
    fields = {
        "team_id": workspace,
        "bot_token": bot["access_token"],
        "bot_user_id": bot["bot_user_id"],
        "scopes": app.scopes,
    } | fields
    return make_team(app, **fields)


def sync_fully(team: Team) -> None:
    """Every stretch, without waiting between them."""
    while sync.advance(team.pk) is not None:
        Team.objects.filter(pk=team.pk).update(sync_resumes_at=None)
    team.refresh_from_db()


def users(slack: RunningSandbox, team: Team) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = slack.control("GET", f"workspaces/{team.team_id}/users")
    return documents
