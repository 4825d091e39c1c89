"""Slack's rate limits as token buckets, with 429 and Retry-After when one is empty.

The sizes of Slack's bursts are not published; the ones here are small so that a client which
bursts is told so. A client that spaces its posts evenly under the limit never meets a 429.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """Holds up to `burst` tokens, refilled at `rate` tokens a second."""

    rate: float
    burst: float
    level: float = -1.0
    at: float = 0.0

    def take(self, now: float) -> float:
        """Take one token: 0, or the seconds until there is one."""
        if self.level < 0:
            self.level = self.burst
        else:
            self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass(slots=True)
class Rules:
    """The limits of one workspace. `channel_interval` is in seconds between two posts.

    `events_per_hour` are those that one app is told of, in any sixty minutes;
    `connections_per_minute` are an app's calls of apps.connections.open, in all workspaces.
    """

    enabled: bool = True
    per_minute: float = 300
    burst: float = 5
    channel_interval: float = 1.0
    channel_burst: float = 3
    tiers: bool = True
    history_restricted: bool = False
    events_per_hour: int = 30_000
    connections_per_minute: float = 50


@dataclass(slots=True)
class Limits:
    """The rules of every workspace and the buckets they fill."""

    default: Rules = field(default_factory=Rules)
    of_team: dict[str, Rules] = field(default_factory=dict)
    _buckets: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)
    _events: dict[tuple[str, str], Counter[int]] = field(default_factory=dict)

    def rules(self, team_id: str) -> Rules:
        return self.of_team.get(team_id, self.default)

    def change(self, team_id: str | None, changes: dict[str, float | bool]) -> Rules:
        """Set the named rules for one workspace, or for all; full buckets follow."""
        names = Rules.__dataclass_fields__
        unknown = changes.keys() - names.keys()
        if unknown:
            raise ValueError(f"no such limit: {', '.join(sorted(unknown))}")
        before = self.rules(team_id) if team_id else self.default
        rules = Rules(**{name: changes.get(name, getattr(before, name)) for name in names})
        if team_id:
            self.of_team[team_id] = rules
        else:
            self.default = rules
            self.of_team.clear()
        self._buckets.clear()
        self._events.clear()
        return rules

    def wait_for_method(self, app_id: str, team_id: str, method: str, tier: int) -> int:
        """Whole seconds for Retry-After, 0 when the call may go on. `tier` is calls a minute."""
        rules = self.rules(team_id)
        if not (rules.enabled and rules.tiers):
            return 0
        return self._take((app_id, team_id, method), tier / 60, tier)

    def wait_for_connection(self, app_id: str) -> int:
        """Seconds until an app may ask for another Socket Mode address, in all workspaces."""
        rules = self.default
        if not rules.enabled:
            return 0
        rate = rules.connections_per_minute
        return self._take((app_id, "", "apps.connections.open"), rate / 60, max(1.0, rate))

    def wait_for_post(self, app_id: str, team_id: str) -> int:
        """The workspace-wide limit of posting: all channels of one app together."""
        rules = self.rules(team_id)
        if not rules.enabled:
            return 0
        return self._take((app_id, team_id, "post"), rules.per_minute / 60, rules.burst)

    def wait_for_channel(self, app_id: str, team_id: str, channel_id: str) -> int:
        """The limit of one message a second in one channel."""
        rules = self.rules(team_id)
        if not rules.enabled or rules.channel_interval <= 0:
            return 0
        rate, burst = 1 / rules.channel_interval, rules.channel_burst
        return self._take((app_id, team_id, channel_id), rate, burst)

    def allows_event(self, app_id: str, team_id: str, minute: int) -> bool:
        """Count one event in this minute; False when the last sixty were full."""
        rules = self.rules(team_id)
        if not rules.enabled:
            return True
        counts = self._events.setdefault((app_id, team_id), Counter())
        for old in [each for each in counts if each <= minute - 60]:
            del counts[old]
        if counts.total() >= rules.events_per_hour:
            return False
        counts[minute] += 1
        return True

    def _take(self, key: tuple[str, str, str], rate: float, burst: float) -> int:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, burst)
        return math.ceil(bucket.take(time.monotonic()))
