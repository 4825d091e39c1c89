"""Does a team's token still live? Asked before anything is wiped on an uncertain word."""

import logging
from datetime import datetime

from teams import slack
from teams.answers import Disconnected, NotNow
from teams.models import Team

logger = logging.getLogger(__name__)

_EXPIRED = "token_expired"


def settle_refusal(team: Team, answer: Disconnected, now: datetime) -> bool:
    """Disconnect the team if its token is dead; whether it is disconnected.

    `team` is the row as it was when the refused request left: news of an old token does not touch
    the one that a re-install has brought since. An uncertain refusal is confirmed with auth.test;
    when Slack does not answer that either, nothing changes.
    """
    if not answer.certain and not is_dead(team.bot_token):
        return False
    teams = Team.objects.filter(pk=team.pk)
    gone = teams.disconnect(answer.sentence, now, token_version=team.token_version)
    if gone:
        logger.warning("Team %s is disconnected: %s", team.pk, answer.sentence)
    return bool(gone)


def is_dead(token: str) -> bool:
    """Whether Slack says for certain that this token is of no use any more."""
    answer = slack.test_token(token)
    if isinstance(answer, NotNow):
        # Tokens are not rotated by this hub: an expired one stays so until the app is reinstalled.
        return answer.code == _EXPIRED
    return isinstance(answer, Disconnected)
