"""A first message to whoever installed the app."""

from broadcasts.posting import post
from teams.models import Team


def welcome(team: Team, is_new: bool) -> None:
    """Greets each installer once, however often they install; never fails the install."""
    if team.installer_id:
        post(
            team,
            key=f"welcome:{team.pk}:{team.installer_id}",
            slack_id=team.installer_id,
            text=(
                f"Thank you for adding {team.slack_app.name} to {team.name}. "
                "Say `help` to me here to see what I understand."
            ),
        )
