"""The App Home of one person, and the tasks that answer outside of a request."""

import logging

from celery import shared_task
from django.utils import timezone

from bots import preferences
from bots.people import rows_of
from teams import slack
from teams.answers import Ok
from teams.models import Team

logger = logging.getLogger(__name__)


@shared_task
def publish_home(team_pk: int, user_id: str, note: str = "") -> None:
    publish(Team.objects.select_related("slack_app").get(pk=team_pk), user_id, note=note)


def publish(team: Team, user_id: str, *, note: str = "") -> None:
    """Show a person what they have chosen; nothing is shown for a team that is not served."""
    if team.state != Team.State.CONNECTED:
        return
    person = rows_of(team, user_id)[0]
    blocks = preferences.blocks_for(team, person, timezone.now(), note=note)
    view = {"type": "home", "blocks": blocks}
    answer = slack.for_team(team).call("views.publish", user_id=user_id, view=view)
    if not isinstance(answer, Ok):
        logger.warning("No Home for %s in %s: %s", user_id, team, answer.sentence)
