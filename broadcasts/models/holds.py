"""What keeps a team's posts back at the moment, in words."""

from datetime import datetime

from broadcasts.models.engine import Engine
from teams.answers import DEFAULT_WAIT, NotNow
from teams.models import Team


def hold_on(team: Team, now: datetime) -> NotNow | None:
    """The hold of the team, of its app, of the hub or of its lane; None when it may post."""
    if team.state != Team.State.CONNECTED:
        sentence = f"The team is {team.get_state_display().lower()}. {team.state_reason}".strip()
        return NotNow("held", sentence, DEFAULT_WAIT)
    if team.slack_app.held or not team.slack_app.enabled:
        return NotNow("held", f"{team.slack_app} is held or disabled.", DEFAULT_WAIT)
    if reason := Engine.get().hold_reason:
        return NotNow("held", f"The hub is held: {reason}", DEFAULT_WAIT)
    if team.lane.paused_until and team.lane.paused_until > now:
        wait = (team.lane.paused_until - now).total_seconds()
        return NotNow("held", f"Held by Slack: {team.lane.pause_reason}", wait)
    return None
