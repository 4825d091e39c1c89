"""Renewing the bot tokens of apps whose tokens rotate: twelve hours each, in good time.

A refresh token works once, and whoever uses it twice may end the installation's only token. So the
team's row stays locked over the request, and what it brings is stored before the lock goes.
https://docs.slack.dev/authentication/using-token-rotation
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from teams import slack
from teams.answers import Ambiguous, NotNow, Ok, Refusal
from teams.grant import clean
from teams.models import Team

logger = logging.getLogger(__name__)

UNRENEWABLE = "The bot's token has expired, and Slack gave nothing to renew it with: install again."


def report_expired(team_pk: int, token_version: int, now: datetime) -> None:
    """Slack has just called this very token expired: it is due, whatever we thought of its time."""
    teams = Team.objects.connected().filter(pk=team_pk, token_version=token_version)
    teams.update(token_expires_at=now)


@transaction.atomic
def renew(team_pk: int, now: datetime) -> bool:
    """Trade the team's refresh token for the next pair if it is due; whether that was done.

    Whoever comes second waits here and finds it done.
    """
    # Not FOR UPDATE: people and deliveries that point to the team are written meanwhile.
    teams = Team.objects.select_for_update(of=("self",), no_key=True)
    team = teams.due_for_renewal(now).select_related("slack_app").filter(pk=team_pk).first()
    if team is None:
        return False
    if not team.refresh_token:
        _tell(team, UNRENEWABLE)
        Team.objects.filter(pk=team.pk).disconnect(UNRENEWABLE, now)
        return False
    answer = slack.refresh(
        client_id=team.slack_app.client_id,
        client_secret=team.slack_app.client_secret,
        refresh_token=team.refresh_token,
    )
    if not isinstance(answer, Ok):
        _refused(team, answer, now)
        return False
    token, refresh_token = answer.data.get("access_token"), answer.data.get("refresh_token")
    seconds = answer.data.get("expires_in")
    if not (isinstance(token, str) and token and isinstance(seconds, int)):
        _refused(team, Ambiguous("odd_answer", "Slack said ok and named no token."), now)
        return False
    team.renew_token(
        clean(token, 1000),
        refresh_token=clean(refresh_token, 1000) or team.refresh_token,
        expires_at=now + timedelta(seconds=seconds),
    )
    return True


def _refused(team: Team, answer: Refusal, now: datetime) -> None:
    """Asked again at the next look where it may still come about; else people must help."""
    if isinstance(answer, NotNow | Ambiguous):
        logger.warning("Team %s: its token is not renewed yet: %s", team.pk, answer.sentence)
        return
    sentence = f"Slack does not renew the bot's token ({answer.code}): install the app again."
    _tell(team, sentence)
    Team.objects.filter(pk=team.pk).pause(sentence, now)


def _tell(team: Team, sentence: str) -> None:
    logger.error("Team %s (%s): %s", team.pk, team.name, sentence)
