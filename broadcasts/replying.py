"""A reply's place in its team's lane: it passes the broadcasts, which then come a slot later.

Redis alone knows (sending/pacing.py shares the keys): a reply has no row, and without Redis it is
posted at once, since no sender gets a slot then either.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from broadcasts.sending.pacing import FORGET_MS, HOLD
from teams.models import Lane, LimitedHour

logger = logging.getLogger(__name__)

REDIS_SECONDS = 1.0
# So many replies may leave sooner than the lane's pace allows. At a run they keep to nine tenths of
# the pace, so that a talkative bot leaves a tenth to the broadcasts.
BURST = 5
SHARE = 0.9

# Answers {0 or 1, milliseconds to wait}; 1: the place is taken. A lane that Redis does not know is
# seeded with the hold of its row.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local lane, channel = KEYS[1], ARGV[1]
local interval, between, own = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local row_hold, patience, forget = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local start = now + math.max(0, row_hold, redis.call('PTTL', lane .. ':held'))
local owed = tonumber(redis.call('GET', lane .. ':replies')) or 0
start = math.max(start, owed - tonumber(ARGV[8]) * own)
local used = tonumber(redis.call('ZSCORE', lane .. ':channels', channel) or 0)
start = math.max(start, used + between)
if start - now > patience then
    return {0, math.ceil(start - now)}
end
local next = math.max(tonumber(redis.call('GET', lane)) or 0, start) + interval
redis.call('SET', lane, string.format('%.3f', next), 'PX', forget)
redis.call('SET', lane .. ':replies', string.format('%.3f', math.max(owed, start) + own),
           'PX', forget)
if between > 0 then
    redis.call('ZREMRANGEBYSCORE', lane .. ':channels', 0, now - between)
    redis.call('ZADD', lane .. ':channels', string.format('%.3f', start), channel)
    redis.call('PEXPIRE', lane .. ':channels', math.ceil(start - now + between))
end
return {1, math.ceil(start - now)}
"""


@dataclass(frozen=True)
class Place:
    """Seconds until the reply may leave; not taken: longer than it was prepared to wait."""

    wait: float
    is_taken: bool


def take_place(lane: Lane, channel: str, *, patience: float) -> Place:
    """A place for one reply in the channel, at most `patience` seconds from now."""
    now = timezone.now()
    pause = (lane.paused_until - now).total_seconds() if lane.paused_until else 0.0
    interval = 60_000.0 / _per_minute(lane, now)
    figures = (
        interval,
        settings.CHANNEL_INTERVAL * 1000,
        interval / SHARE,
        pause * 1000,
        patience * 1000,
    )
    try:
        with connected_redis() as redis:
            taken, wait_ms = redis.register_script(_TAKE)(
                keys=[lane_key(lane)], args=[channel, *figures, FORGET_MS, BURST]
            )
    except RedisError as error:
        logger.warning("Redis is away, a reply goes without a place: %s", error)
        return Place(max(pause, 0.0), is_taken=pause <= patience)
    return Place(wait_ms / 1000, is_taken=bool(taken))


def hold_lane(lane: Lane, seconds: float, reason: str) -> None:
    """Slack asked a reply to wait: the whole lane does, by its row as well as in Redis."""
    lane.pause(seconds, reason)
    LimitedHour.objects.add(lane.pk, timezone.now())
    try:
        with connected_redis() as redis:
            redis.register_script(HOLD)(keys=[lane_key(lane)], args=[seconds * 1000, FORGET_MS])
    except RedisError as error:
        logger.warning("Redis is away, the hold of %s is in its row: %s", lane, error)


def _per_minute(lane: Lane, now: datetime) -> float:
    """A lane that few broadcasts went through has a first guess for a rate: no reason to be silent.

    Where Slack has lately said what is too much, its rate is that much better known.
    """
    is_known = lane.bad_until is not None and lane.bad_until > now
    return lane.rate if is_known else lane.ceiling


def connected_redis() -> Redis:
    """For one thing; it gives up after a second."""
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )


def lane_key(lane: Lane) -> str:
    return f"lane:{lane.pk}"
