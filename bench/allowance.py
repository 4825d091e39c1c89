"""How much of what Slack allows is used: posts of a minute, and the 429s that they met.

The pace is known beforehand, so that what is measured is the keeping of it, and not the learning.
"""

import time
from collections import Counter
from dataclasses import dataclass

from bench.cpu import cpu_seconds
from bench.figures import Figure, table
from bench.stage import Stage
from broadcasts.models import Run
from broadcasts.tasks import ensure_senders
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.supervisor import Supervisor
from teams.models import Team

LANES = 200
PER_MINUTE = 525.0
BURST = 5
SECONDS = 60.0
# From the first post on: its run's content is tried by it alone, and what may be under way opens.
LEAVE_OUT = 3.0
# Everybody gets one message, so that no channel's own limit is met; some for the last second.
PEOPLE = 570
LATENCY = {"min": 0.1, "max": 0.3}
START_SECONDS = 30.0


@dataclass(frozen=True)
class Use:
    """What became of a minute of a run that is under way."""

    lanes: int
    posts: int
    worst_lane: int
    limited: int
    cpu: float

    @property
    def share(self) -> float:
        return self.posts / (self.lanes * PER_MINUTE * SECONDS / 60)

    def row(self) -> list[str]:
        worst = self.worst_lane / (PER_MINUTE * SECONDS / 60)
        shares = (f"{self.share:.2%}", f"{worst:.2%}")
        return [
            f"{self.lanes} lane{'s' if self.lanes > 1 else ''}",
            *(f"{self.posts:,}", *shares, f"{self.limited}", f"{self.cpu / SECONDS:.0%}"),
        ]


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the shares; raises LostMessages if a message arrived twice."""
    stage.fill(LANES, PEOPLE, per_minute=PER_MINUTE)
    limits = {"enabled": True, "per_minute": PER_MINUTE, "burst": BURST}
    stage.slack.control("PUT", "limits", limits)
    stage.slack.control("PUT", "faults", {"kind": "latency", "latency": LATENCY})
    teams = tuple(Team.objects.order_by("pk"))
    many, one = _use(stage, teams), _use(stage, teams[:1])
    heads = [f"{PER_MINUTE:g} posts a minute allowed", "posts", "used", "worst lane"]
    told = table([*heads, "429s", "sender's CPU"], [many.row(), one.row()])
    return told, [
        Figure(f"use of the allowance, {LANES} lanes", many.share, "share", 0.97, at_least=True),
        Figure(f"429s, {LANES} lanes", many.limited, "answers", 0),
        Figure("use of the allowance, one lane", one.share, "share", 0.97, at_least=True),
        Figure("429s, one lane", one.limited, "answers", 0),
    ]


def _use(stage: Stage, teams: tuple[Team, ...]) -> Use:
    """A sender of its own sends for a minute."""
    run = stage.paused_run(f"{len(teams)} lanes", teams)
    since, limited = stage.posts(), stage.limited()
    with Supervisor(stage.log) as hub:
        hub.start(processes.sender(1, env=stage.env))
        hub.wait_ready("sender1")
        pid = hub.pid("sender1")
        assert pid is not None
        Run.objects.filter(pk=run.pk).resume()
        ensure_senders()
        wait_until(lambda: stage.posts() > since, START_SECONDS)
        time.sleep(LEAVE_OUT)
        before = cpu_seconds(pid)
        time.sleep(SECONDS + 0.5)
        cpu = cpu_seconds(pid) - before
        Run.objects.filter(pk=run.pk).pause("measured")
    arrivals = stage.arrivals(since)
    begin = arrivals[0].at + LEAVE_OUT
    lanes = Counter({team.team_id: 0 for team in teams})
    lanes.update(post.team_id for post in arrivals if begin <= post.at < begin + SECONDS)
    return Use(len(teams), lanes.total(), min(lanes.values()), stage.limited() - limited, cpu=cpu)
