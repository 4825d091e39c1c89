"""Lifecycle hooks in bot files: what they do in the life of an installation.

`installing` runs while the browser waits and may veto. The others become rows of the inbox, so
that a worker runs them, a failure stands in the admin, and it can be run again.
"""

import logging
from functools import partial
from typing import Any
from uuid import uuid4

from bots.intake import reason_of
from bots.models import InboxEvent
from bots.replies import Say
from bots.scripts.deadline import within
from bots.scripts.listener import Function, asked_of, run
from bots.scripts.parts import Part, parts_for, parts_on
from teams.grant import Grant
from teams.hooks import Veto
from teams.models import SlackApp, Team

logger = logging.getLogger(__name__)

# A browser waits for what may veto.
LONGEST_SECONDS = 10.0
# How the type of such a row begins.
KIND = "hook "


def on_installing(slack_app: SlackApp, grant: Grant) -> None:
    """Raises Veto. A bot for some teams has no say about another one."""
    for part in parts_on(slack_app):
        for function in part.script.hooks_for("installing") if not part.team_pks else ():
            try:
                call = partial(_call, part, function, slack_app=slack_app, grant=grant)
                within(LONGEST_SECONDS, call)
            except Veto:
                raise
            except Exception:
                logger.exception("A bot's hook before an install failed")


def on_installed(team: Team, is_new: bool) -> None:
    _keep("installed" if is_new else "reinstalled", team)


def on_disconnected(team: Team) -> None:
    _keep("disconnected", team)


def on_error(team: Team, failure: Exception) -> None:
    _keep("error", team, reason_of(failure))


def run_kept(event: InboxEvent) -> dict[str, Any]:
    """Call all functions of a kept moment, each by itself; notes for the row."""
    kind = event.type.removeprefix(KIND)
    team = Team.objects.select_related("slack_app").get(pk=event.body["team"])
    notes: dict[str, Any] = {}
    for part in parts_for(team):
        for function in part.script.hooks_for(kind):
            say = Say(team, channel=team.installer_id, thread_ts=None, event=event)
            try:
                _call(part, function, team=team, say=say, error=event.body["error"])
            except Exception as failure:
                logger.exception("A bot's hook failed: %s", kind)
                notes["failure"] = failure
    return notes


def _keep(kind: str, team: Team, error: str = "") -> None:
    # The tasks know the inbox, and that knows this module.
    from bots.tasks import handle_event

    if not any(part.script.hooks_for(kind) for part in parts_for(team)):
        return
    event = InboxEvent.objects.create(
        slack_app=team.slack_app,
        event_id=f"hook-{uuid4()}",
        team_id=team.slack_id,
        type=f"{KIND}{kind}",
        body={"team": team.pk, "error": error},
    )
    handle_event.delay_on_commit(event.pk)  # type: ignore[attr-defined]


def _call(part: Part, function: Function, **values: Any) -> None:
    values["bot"] = part.bot
    run(function, {name: values[name] for name in asked_of(function)})
