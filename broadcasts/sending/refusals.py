"""Answers that speak of more than one recipient, acted on at their own level."""

import logging
from datetime import timedelta
from typing import Any, TypeGuard

import psycopg
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuError

from broadcasts.models import Broadcast, Run
from broadcasts.sending.rows import Due, LaneRow
from teams.answers import Answer, Disconnected, Ok, Unreachable
from teams.models import Team
from teams.poster import Poster, TooLate, boottime
from teams.renewal import report_expired
from teams.tasks import renew_token

logger = logging.getLogger(__name__)

# The lane rests while the team's row is being changed; the next beat no longer brings it.
LOOK_AGAIN_SECONDS = 5.0
# Recipients with a refused content after which the whole broadcast pauses.
MOST_REJECTED = 3
_AUTH_TEST_SECONDS = 5.0

_PAUSE_LANE = """
    UPDATE teams_lane
    SET paused_until = greatest(paused_until, now() + %(wait)s), pause_reason = %(reason)s
    WHERE team_id = %(team)s
"""
_FORGET_DM = """
    UPDATE teams_recipient SET dm_channel = ''
    WHERE id = %(recipient)s AND dm_channel = %(channel)s
"""


def pause_lane(connection: psycopg.Connection[Any], team: int, wait: float, reason: str) -> None:
    """On the row too, so that the hold outlives Redis."""
    parameters = {"team": team, "wait": timedelta(seconds=wait), "reason": reason[:255]}
    connection.execute(_PAUSE_LANE, parameters)


def stale_dm(answer: Answer | TooLate) -> bool:
    """A DM that the bot may not enter any more: the person may still be reached by user id."""
    return isinstance(answer, Unreachable) and answer.code == "channel_not_found"


def lacks_scope(answer: Answer | TooLate) -> TypeGuard[Disconnected]:
    return isinstance(answer, Disconnected) and answer.code == "missing_scope"


def forget_dm(connection: psycopg.Connection[Any], due: Due) -> None:
    connection.execute(_FORGET_DM, {"recipient": due.recipient, "channel": due.dm_channel})


async def is_alive(poster: Poster, lane: LaneRow) -> bool | None:
    """Whether auth.test takes the token; None when Slack does not say."""
    deadline = boottime() + _AUTH_TEST_SECONDS
    answer = await poster.post("auth.test", b"{}", token=lane.token, deadline=deadline)
    match answer:
        case Ok():
            return True
        case Disconnected():
            return False
        case _:
            return None


def disconnect(lane: LaneRow, sentence: str) -> None:
    teams = Team.objects.filter(pk=lane.team)
    if teams.disconnect(sentence, timezone.now(), token_version=lane.token_version):
        logger.warning("Team %s is disconnected: %s", lane.team, sentence)


def pause_team(lane: LaneRow, sentence: str) -> None:
    """The installation lives and lacks something that people must mend."""
    teams = Team.objects.filter(pk=lane.team, token_version=lane.token_version)
    if teams.pause(sentence, timezone.now()):
        logger.warning("Team %s is paused: %s", lane.team, sentence)


def ask_for_token(lane: LaneRow) -> None:
    """Have an expired token renewed; the lane goes on with the next beat that brings it."""
    report_expired(lane.team, lane.token_version, timezone.now())
    try:
        renew_token.delay(lane.team)
    except KombuError as error:
        logger.warning("The broker is away, Beat has the token renewed later: %s", error)


def is_for_one(run: int, sentence: str) -> bool:
    """Whether a refused content is this recipient's matter; a third one is the broadcast's too.

    Before Slack took the run's content from anybody, it is the broadcast's alone. The rows of a
    run that was stopped wait.
    """
    if not Run.objects.active().filter(pk=run).exists():
        return False
    accepted, rejected = Run.objects.filter(pk=run).reject()
    if not accepted or rejected >= MOST_REJECTED:
        pause_broadcast(run, sentence)
    return accepted


def pause_broadcast(run: int, sentence: str) -> None:
    """Nobody can receive this content: stop before it is refused a thousand times."""
    reason = f"Slack refused the message: {sentence}"[:255]
    if not Run.objects.filter(pk=run).pause(reason):
        return
    logger.warning("Run %s is paused: %s", run, reason)
    broadcast = Broadcast.objects.scheduled().filter(runs=run).first()
    if broadcast is not None:
        broadcast.pause(reason)
