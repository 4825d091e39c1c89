"""Changing what was posted: edit, delete, react. Each is one request through the door.

Nothing is kept of it: Slack takes the same change twice without harm, so whoever did not get it
done asks again. The holds of the hub, of the app, of the team and of its lane are obeyed; where
Slack asks one method to wait, that method alone is held.
"""

import logging
from typing import Any

from django.utils import timezone
from redis.exceptions import RedisError

from broadcasts.models.holds import hold_on
from broadcasts.replying import connected_redis, lane_key
from broadcasts.saying import Blocks, checked
from teams import slack
from teams.answers import DEFAULT_WAIT, Answer, Disconnected, NotNow, Rejected
from teams.crypto import UndecryptableSecret
from teams.models import Lane, Team
from teams.renewal import report_expired
from teams.tokens import settle_refusal

logger = logging.getLogger(__name__)


def update(team: Team, channel: str, ts: str, *, text: str, blocks: Blocks | None = None) -> Answer:
    """Put other words in the place of a post of the bot; without blocks those it had go.

    Raises:
        NotSaidError: there is nothing to say, or too much.
    """
    text, blocks = checked(text, blocks)
    return _ask(team, "chat.update", channel=channel, ts=ts, text=text, blocks=blocks or [])


def delete(team: Team, channel: str, ts: str) -> Answer:
    """Take a post of the bot away."""
    return _ask(team, "chat.delete", channel=channel, ts=ts)


def react(team: Team, channel: str, ts: str, emoji: str) -> Answer:
    """Put an emoji, such as tada or :tada:, under anybody's message; scope reactions:write."""
    name = emoji.strip().strip(":")
    if not name:
        return Rejected("invalid_name", "No emoji is named.")
    return _ask(team, "reactions.add", channel=channel, timestamp=ts, name=name)


def _ask(team: Team, method: str, **arguments: Any) -> Answer:
    try:
        team = Team.objects.select_related("slack_app", "lane").get(pk=team.pk)
    except UndecryptableSecret as error:
        return NotNow("held", f"{error}", DEFAULT_WAIT)
    if held := hold_on(team, timezone.now()) or _method_held(team.lane, method):
        return held
    answer = slack.call(method, token=team.bot_token, **arguments)
    if isinstance(answer, Disconnected):
        settle_refusal(team, answer, timezone.now())
    elif isinstance(answer, NotNow) and answer.scope == "token":
        report_expired(team.pk, team.token_version, timezone.now())
    elif isinstance(answer, NotNow) and answer.is_rate_limit:
        _hold_method(team.lane, method, answer.wait)
    return answer


def _method_held(lane: Lane, method: str) -> NotNow | None:
    try:
        with connected_redis() as redis:
            milliseconds = redis.pttl(_key(lane, method))
    except RedisError as error:
        logger.warning("Redis is away, %s is asked all the same: %s", method, error)
        return None
    if milliseconds <= 0:
        return None
    return NotNow("held", f"Slack asks {method} to wait.", milliseconds / 1000)


def _hold_method(lane: Lane, method: str, seconds: float) -> None:
    try:
        with connected_redis() as redis:
            redis.set(_key(lane, method), 1, px=round(seconds * 1000))
    except RedisError as error:
        logger.warning("Redis is away, the hold of %s is forgotten: %s", method, error)


def _key(lane: Lane, method: str) -> str:
    return f"{lane_key(lane)}:{method}:held"
