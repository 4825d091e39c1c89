"""What a team that is removed leaves behind."""

import logging

from bots.models import Bot, Reply
from teams.models import Team

logger = logging.getLogger(__name__)


def switch_off(team: Team) -> None:
    """Bots and replies that were for this team alone: for no team would mean for every one."""
    others = Team.objects.exclude(pk=team.pk)
    for model in (Bot, Reply):
        alone = model.objects.filter(teams=team, enabled=True).exclude(teams__in=others)
        for row in alone:
            logger.warning("%r is switched off: it was for team %s alone", row, team.pk)
        model.objects.filter(pk__in=[row.pk for row in alone]).update(enabled=False)
