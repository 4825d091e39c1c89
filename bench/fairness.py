"""What ten workspaces in trouble cost the other lanes: how late posts leave after their slots.

Pairs of the same broadcast, without and with the trouble, in turns. A post's lag is the time from
the slot that it was granted to its arrival at Slack; of each half the 99th percentile counts.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median, quantiles
from typing import Any

from redis import Redis

from bench.figures import Figure, LostMessages, table
from bench.stage import Stage
from bench.watched_sender import SLOTS
from broadcasts.models import Run
from broadcasts.tasks import ensure_senders
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.process import Process
from slackhub.embedded.supervisor import Supervisor
from teams.models import Lane, Team

LANES, PEOPLE = 200, 140
PER_MINUTE = 525.0
LATENCY = {"min": 0.1, "max": 0.3}
PAIRS = 5
# From the first post: after so many seconds it counts, for so many. A silent workspace is noticed
# after ten seconds, which is to be among them.
LEAVE_OUT, SECONDS = 2.0, 11.0
START_SECONDS = 30.0
# What is wrong with the first ten lanes.
TROUBLE: list[dict[str, Any]] = [
    *[{"kind": "storm_429"}] * 5,
    *[{"kind": "hang", "methods": ["chat.postMessage"]}] * 4,
    {"kind": "error", "error": "token_revoked"},
]
MOST_MS, MOST_SHARE = 20.0, 0.05


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the rise; raises LostMessages if a message arrived twice."""
    stage.fill(LANES, PEOPLE, per_minute=PER_MINUTE)
    teams = tuple(Team.objects.order_by("pk"))
    sick, well = teams[: len(TROUBLE)], teams[len(TROUBLE) :]
    pairs = [
        (_lag(stage, f"well {pair}", well, ()), _lag(stage, f"sick {pair}", well, sick))
        for pair in range(PAIRS)
    ]
    before = median(lag for lag, _ in pairs)
    rise = median(troubled - lag for lag, troubled in pairs)
    heads = ["lag in ms, 99 % of posts are below", *(f"pair {pair + 1}" for pair in range(PAIRS))]
    rows = [
        ["all lanes well", *(f"{lag:.0f}" for lag, _ in pairs)],
        ["the others, ten in trouble", *(f"{troubled:.0f}" for _, troubled in pairs)],
    ]
    allowed = max(MOST_MS, MOST_SHARE * before)
    return table(heads, rows), [Figure("rise of the others' lag, p99", rise, "ms", allowed)]


def _lag(stage: Stage, name: str, well: tuple[Team, ...], sick: tuple[Team, ...]) -> float:
    """In ms, of the lanes that are well."""
    run = stage.paused_run(name)
    # Else the first post of all, which the others wait for, may go to a lane in trouble.
    Run.objects.filter(pk=run.pk).update(first_ok_at=run.as_of)
    since = stage.posts()
    with Supervisor(stage.log) as hub, _trouble(stage, sick):
        hub.start(_watched_sender(stage))
        hub.wait_ready("sender1")
        Run.objects.filter(pk=run.pk).resume()
        ensure_senders()
        wait_until(lambda: stage.posts() > since, START_SECONDS)
        time.sleep(LEAVE_OUT + SECONDS)
        Run.objects.filter(pk=run.pk).pause("measured")
    _heal(stage, sick)
    slots = _slots(stage)
    arrivals = stage.arrivals(since)
    begin = arrivals[0].at + LEAVE_OUT
    watched = {team.team_id for team in well}
    lags = [
        post.at - slots[post.delivery]
        for post in arrivals
        if post.team_id in watched and begin <= post.at < begin + SECONDS
    ]
    if len(lags) < 100:
        raise LostMessages(f"Only {len(lags)} messages of the lanes that are well arrived.")
    return quantiles(lags, n=100)[-1] * 1000


@contextmanager
def _trouble(stage: Stage, sick: tuple[Team, ...]) -> Iterator[None]:
    """Slack's usual latency, and what is wrong with these teams; ends hung requests."""
    stage.slack.control("PUT", "faults", {"kind": "latency", "latency": LATENCY})
    for team, fault in zip(sick, TROUBLE, strict=False):
        stage.slack.control("PUT", "faults", {"team_id": team.team_id, **fault})
    yield
    stage.slack.control("DELETE", "faults")


def _heal(stage: Stage, sick: tuple[Team, ...]) -> None:
    """No team, row or key remembers the trouble; `sick` are the teams as they were before."""
    Team.objects.bulk_update(sick, ["state", "state_reason", "state_at", "bot_token"])
    Lane.objects.update(
        rate=PER_MINUTE,
        ceiling=PER_MINUTE,
        learned_at=None,
        bad_rate=None,
        bad_until=None,
        paused_until=None,
        outage_at=None,
    )
    with Redis.from_url(stage.redis_url) as redis:
        redis.flushall()


def _slots(stage: Stage) -> dict[str, float]:
    lines = (stage.folder / SLOTS).read_text().splitlines()
    return {delivery: float(slot) for delivery, slot in map(str.split, lines)}


def _watched_sender(stage: Stage) -> Process:
    """As production starts it, from another module."""
    sender = processes.sender(1, env=stage.env)
    module = [
        "bench.watched_sender" if word == "slackhub.celery" else word for word in sender.command
    ]
    return replace(sender, command=module)
