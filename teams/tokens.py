"""Does a team's token still live? Asked before anything is wiped on an uncertain word."""

import logging
from datetime import datetime

from teams import slack
from teams.answers import Disconnected, NotNow
from teams.models import Team

logger = logging.getLogger(__name__)


def settle_refusal(team: Team, answer: Disconnected, now: datetime) -> bool:
    """Disconnect the team if its token is dead; whether it is disconnected.

    `team` is the row as it was when the refused request left: news of an old token does not touch
    the one that a re-install has brought since. An uncertain refusal is confirmed with auth.test;
    when Slack does not answer that either, nothing changes.
    """
    if not answer.certain and not is_dead(team):
        return False
    teams = Team.objects.filter(pk=team.pk)
    gone = teams.disconnect(answer.sentence, now, token_version=team.token_version)
    if gone:
        logger.warning("Team %s is disconnected: %s", team.pk, answer.sentence)
    return bool(gone)


def is_dead(team: Team) -> bool:
    """Whether Slack says for certain that the team's token is of no use any more."""
    answer = slack.test_token(team.bot_token)
    if isinstance(answer, NotNow):
        return answer.scope == "token" and not team.refresh_token
    return isinstance(answer, Disconnected)
