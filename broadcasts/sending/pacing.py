"""The pace of every lane, shared by all processes through Redis.

A lane's budget is handed out as slots at most one second ahead, spaced evenly: Slack counts posts
per workspace and app, whoever sends them. Redis keeps nothing that matters: a lane that it does
not know is seeded from the database, without a burst.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

HORIZON_MS = 1000
# Long enough for the slowest pace and the longest hold; then the lane is seeded anew.
FORGET_MS = 3_600_000

# Per lane: wanted slots, the interval between two in milliseconds, and the hold of its row, from
# which a lane that is not known is seeded. Answers per lane {granted, milliseconds until the first,
# channels}; the rest follow at the interval. The channels are those of the last replies, each with
# its time relative to now.
_GRANT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local horizon = tonumber(ARGV[1])
local answer = {}
for i, lane in ipairs(KEYS) do
    local want, interval = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local next = tonumber(redis.call('GET', lane))
    if not next then
        local hold = math.ceil(tonumber(ARGV[3 * i + 1]))
        redis.call('SET', lane, string.format('%.3f', now + hold), 'PX', ARGV[#ARGV] + hold)
        if hold > 0 then redis.call('SET', lane .. ':held', 1, 'PX', hold) end
        answer[#answer + 1] = {0, 0, {}}
    else
        local start = math.max(next, now)
        local room = math.floor((now + horizon - start) / interval) + 1
        local granted = math.max(0, math.min(want, room))
        if granted > 0 then
            redis.call('SET', lane, string.format('%.3f', start + granted * interval),
                       'PX', ARGV[#ARGV])
        end
        local spoken = redis.call('ZRANGE', lane .. ':channels', 0, -1, 'WITHSCORES')
        for j = 2, #spoken, 2 do spoken[j] = math.floor(tonumber(spoken[j]) - now) end
        answer[#answer + 1] = {granted, math.floor(start - now), spoken}
    end
end
return answer
"""

# Never earlier than what another process has already promised to Slack. Replies pass what is
# promised, and must tell it from a hold (replying.py).
HOLD = """
local time = redis.call('TIME')
local hold = math.ceil(tonumber(ARGV[1]))
if hold > math.max(0, redis.call('PTTL', KEYS[1] .. ':held')) then
    redis.call('SET', KEYS[1] .. ':held', 1, 'PX', hold)
end
local until_ms = time[1] * 1000 + time[2] / 1000 + tonumber(ARGV[1])
local next = tonumber(redis.call('GET', KEYS[1])) or 0
redis.call('SET', KEYS[1], string.format('%.3f', math.max(next, until_ms)), 'PX',
           tonumber(ARGV[2]) + math.ceil(tonumber(ARGV[1])))
"""


# conversations.open has a limit of its own, of Slack's tier 3 for each workspace:
# https://docs.slack.dev/apis/web-api/rate-limits
OPENS_A_MINUTE = 50.0
OPENS_AT_ONCE = 10

# Answers 0, or the milliseconds after which to ask again. Whoever is refused is given a time of its
# own, so that thousands do not come back together.
_OPEN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
local opens, later = KEYS[1] .. ':opens', KEYS[1] .. ':opens-later'
local used = math.max(tonumber(redis.call('GET', opens)) or 0, now)
if used <= now + ahead * interval then
    redis.call('SET', opens, string.format('%.3f', used + interval), 'PX', ARGV[3])
    return 0
end
local free = used - ahead * interval
local again = math.max((tonumber(redis.call('GET', later)) or 0) + interval, free)
redis.call('SET', later, string.format('%.3f', again), 'PX', math.ceil(again - now))
return math.ceil(again - now)
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """How many slots a lane could use within the next second, and its pace."""

    lane: int
    slots: int
    per_minute: float
    hold_seconds: float

    @property
    def interval_ms(self) -> float:
        return 60_000.0 / self.per_minute


@dataclass(frozen=True, slots=True)
class Grant:
    """`slots` posts, the first `wait_seconds` from now, then one each `interval_seconds`.

    `spoken_in` has the seconds from now (mostly below 0) of the last reply in each channel.
    """

    slots: int
    wait_seconds: float
    interval_seconds: float
    spoken_in: Mapping[str, float] = field(default_factory=dict)


class Pacer:
    """Slots for many lanes in one round trip.

    Methods raise redis.exceptions.RedisError when Redis is away; lanes then wait.
    """

    def __init__(self, redis: Redis, prefix: str = "lane") -> None:
        self._redis = redis
        self._prefix = prefix
        self._grant = redis.register_script(_GRANT)
        self._hold = redis.register_script(HOLD)
        self._open = redis.register_script(_OPEN)

    async def grant(self, wishes: Sequence[Wish]) -> dict[int, Grant]:
        """Each lane's slots; a lane just seeded gets its first ones at the next call."""
        keys = [self._key(wish.lane) for wish in wishes]
        numbers: list[Any] = [HORIZON_MS]
        for wish in wishes:
            numbers += [wish.slots, f"{wish.interval_ms:.3f}", f"{wish.hold_seconds * 1000:.3f}"]
        answers = await self._grant(keys=keys, args=[*numbers, FORGET_MS])
        grants: dict[int, Grant] = {}
        for wish, (granted, wait_ms, spoken) in zip(wishes, answers, strict=True):
            if granted:
                grants[wish.lane] = Grant(
                    granted, wait_ms / 1000, wish.interval_ms / 1000, _channels(spoken)
                )
        return grants

    async def hold(self, lane: int, seconds: float) -> None:
        """No slot of this lane for so long, for any process; never shortens a hold."""
        await self._hold(keys=[self._key(lane)], args=[f"{seconds * 1000:.3f}", FORGET_MS])

    async def open_wait(self, lane: int) -> float:
        """0 when a DM may be opened in the lane now, and that is counted; else seconds to wait."""
        figures = (60_000.0 / OPENS_A_MINUTE, OPENS_AT_ONCE - 1, FORGET_MS)
        return int(await self._open(keys=[self._key(lane)], args=[*figures])) / 1000

    def _key(self, lane: int) -> str:
        return f"{self._prefix}:{lane}"


def _channels(spoken: Sequence[Any]) -> dict[str, float]:
    return {spoken[i].decode(): spoken[i + 1] / 1000 for i in range(0, len(spoken), 2)}
