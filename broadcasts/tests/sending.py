"""A team of the sandbox with its people, and a sender to serve it, for tests of delivery."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from broadcasts.clock import database_now
from broadcasts.expansion import expand_chunk
from broadcasts.models import Run
from broadcasts.sending.rules import RULES, SenderRules
from broadcasts.sending.runtime import Runtime
from broadcasts.tests.factories import make_broadcast, make_message, make_run
from sandbox.testing import RunningSandbox
from teams.models import SlackApp, Team
from teams.tests.factories import make_app, make_person, make_team

FAST = 60_000.0


def connect_app(slack: RunningSandbox, *more_scopes: str) -> SlackApp:
    """A Slack app that both the hub and the sandbox know; without more, with every scope."""
    app = make_app()
    scopes = {"scopes": [*app.scope_list, *more_scopes]} if more_scopes else {}
    slack.control(
        "PUT",
        f"apps/{app.app_id}",
        {
            "name": app.name,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "signing_secret": app.signing_secret,
            "request_url": None,
            **scopes,
        },
    )
    return app


def connect_team(
    slack: RunningSandbox, people: int = 3, *, app: SlackApp | None = None, per_minute: float = FAST
) -> Team:
    """A new workspace with the app installed, and its reachable people as recipients."""
    app = app or connect_app(slack)
    workspace = slack.control("POST", "workspaces", {"people": people})
    team_id = workspace["team_id"]
    slack.control("PUT", "limits", {"team_id": team_id, "enabled": False})
    grant = slack.control("POST", "install", {"app_id": app.app_id, "team_id": team_id})
    team = make_team(
        app, team_id=team_id, bot_token=grant["access_token"], bot_user_id=grant["bot_user_id"]
    )
    team.lane.rate = team.lane.ceiling = per_minute
    team.lane.save()
    users = slack.control("GET", f"workspaces/{team_id}/users")
    reachable = [
        user
        for user in users
        if not (user.get("is_bot") or user.get("deleted") or user.get("is_stranger"))
        and user["id"] != "USLACKBOT"
    ]
    for user in reachable[:people]:
        make_person(team, slack_id=user["id"], name=user["name"])
    return team


def expanded_run(
    *teams: Team, text: str = "Hello {{ name }}", accepted: bool = False, **message: object
) -> Run:
    """An active run for the teams with all its deliveries; `accepted`: its canary is back."""
    broadcast = make_broadcast(teams=teams, message=make_message(text=text, **message))
    run = make_run(broadcast, first_ok_at=database_now() if accepted else None)
    while expand_chunk(run.pk):
        pass
    run.refresh_from_db()
    return run


@contextmanager
def running_sender(rules: SenderRules = RULES) -> Iterator[Runtime]:
    """A sender at work on its own loop; stopped, with its answers settled, at the end."""
    runtime = Runtime(rules)
    thread = threading.Thread(target=runtime.run_sender, args=(uuid.uuid4(),))
    thread.start()
    try:
        yield runtime
    finally:
        runtime.stop()
        thread.join()
        runtime.close()
