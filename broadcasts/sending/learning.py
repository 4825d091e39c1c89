"""How fast a lane may go: found by trying, and remembered.

Pure. Rates are posts a minute; times are seconds of one monotonic clock. Slack publishes no number
for a workspace, only "several hundred a minute":
https://docs.slack.dev/apis/web-api/rate-limits
"""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Rules:
    """What is tried and how long it is remembered."""

    # Slack's own advice for one channel: no lane needs to go slower, holds aside.
    least_rate: float = 60.0
    start_share: float = 0.95
    # Gained with each second in which the lane posted at its full pace.
    rise: float = 2.0
    cut: float = 0.9
    below_bad: float = 0.98
    bad_seconds: float = 86_400.0
    # A wait as short as this, on a channel just posted to, is about that channel.
    short_wait: float = 2.0
    # Another sender's knowledge of the lane this fresh is taken as it is.
    fresh_seconds: float = 60.0


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Memory:
    """What the lane's row remembers. The age is None when nothing was learned yet."""

    rate: float
    ceiling: float
    age: float | None = None
    bad_rate: float | None = None
    bad_seconds: float = 0.0


@dataclass(slots=True)
class Pace:
    """The rate of one lane in one sender's hands."""

    rules: Rules
    rate: float
    ceiling: float
    bad_rate: float = inf
    bad_until: float = -inf
    _cut_at: float = -inf
    _last_sent: float = -inf
    _accepted_since_cut: bool = True

    @classmethod
    def start(cls, memory: Memory, now: float, rules: Rules = RULES) -> "Pace":
        """A little below what Slack last took, unless another sender learned it just now."""
        is_old = memory.age is not None and memory.age > rules.fresh_seconds
        pace = cls(rules, memory.rate * (rules.start_share if is_old else 1.0), memory.ceiling)
        if memory.bad_rate is not None and memory.bad_seconds > 0:
            pace.bad_rate, pace.bad_until = memory.bad_rate, now + memory.bad_seconds
        pace.rate = min(max(pace.rate, pace.least), pace.highest(now))
        return pace

    @property
    def least(self) -> float:
        return min(self.rules.least_rate, self.ceiling)

    def highest(self, now: float) -> float:
        """As far as the rate may rise now."""
        bad = self.bad_rate * self.rules.below_bad if now < self.bad_until else inf
        return max(self.least, min(self.ceiling, bad))

    def cap(self, ceiling: float, now: float) -> None:
        """The ceiling may have been changed in the row."""
        self.ceiling = ceiling
        self.rate = min(self.rate, self.highest(now))

    def accepted(self, sent_at: float) -> None:
        """Slack took a post: the rate rises for the time in which it was made use of."""
        if sent_at > self._cut_at:
            self._accepted_since_cut = True
        gap = sent_at - self._last_sent
        if gap <= 0:
            return
        self._last_sent = sent_at
        if gap <= 3 * 60.0 / self.rate:
            rate = self.rate + self.rules.rise * gap
            self.rate = min(max(rate, self.least), self.highest(sent_at))

    def limited(self, sent_at: float, now: float, *, wait: float, channel_just_used: bool) -> bool:
        """Slack said 429 to a post; whether the rate was cut.

        One cut for all the posts that were under way, and none again before Slack took a post at
        the new rate: a long refusal says nothing about rates that were not tried.
        """
        if wait <= self.rules.short_wait and channel_just_used:
            return False
        if sent_at <= self._cut_at or not self._accepted_since_cut:
            return False
        self._cut_at, self._accepted_since_cut = now, False
        if self.rate > self.least:
            known = self.bad_rate if now < self.bad_until else inf
            self.bad_rate, self.bad_until = min(known, self.rate), now + self.rules.bad_seconds
            self.rate = max(self.least, min(self.rate * self.rules.cut, self.highest(now)))
        return True
