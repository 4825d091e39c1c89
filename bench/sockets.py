"""Envelopes of Socket Mode a second: run_bots beside a bare client on the same local Slack.

Within the figure of run_bots: envelope, committed row, acknowledgement, and the message by which a
worker hears of it. The bare client acknowledges and does nothing else. Workers stand still then;
how fast one of them gets the listeners done is told apart.
"""

import sys
import time
from dataclasses import dataclass
from statistics import median

from redis import Redis

from bench.cpu import cpu_seconds
from bench.figures import Figure, LostMessages, table
from bench.listening import beside, listening_app, pour, spoken, wait_for_lines
from bench.stage import Stage
from bots.models import InboxEvent
from bots.tests.hub import Hub
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.process import Process
from slackhub.embedded.supervisor import Supervisor
from teams.models import Team

CONNECTIONS = 4
WARM_UP, COUNT = 1_000, 10_000
ROUNDS = 3
HANDLED = 2_000
SHARE, LEAST = 0.5, 300.0
SECONDS = 120.0
_PARTS = ("client", "postgres", "valkey", "sandbox")


@dataclass(frozen=True)
class Rate:
    """Envelopes a second, and microseconds of CPU for each by process."""

    per_second: float
    cpu: dict[str, float]

    def row(self, name: str) -> list[str]:
        return [name, f"{self.per_second:,.0f}", *(f"{self.cpu[part]:.0f}" for part in _PARTS)]


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the figures; raises LostMessages if an event was not kept once."""
    hub, team = listening_app(stage.slack, connections=CONNECTIONS)
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(_bare(stage, hub, team))
        _forget(stage)
        ours.append(_ours(stage, hub, team))
    done = _handled(stage)
    _forget(stage)
    at_work = _ours(stage, hub, team, with_worker=True)
    rows = [_middle(bare).row("bare client"), _middle(ours).row("run_bots")]
    rows.append(at_work.row("run_bots, a worker beside it"))
    told = table(["", "envelopes a second", *(f"{part}, us" for part in _PARTS)], rows)
    told += f"\n\nOne worker gets {done:,.0f} listeners a second done."
    share = median(us.per_second / them.per_second for us, them in zip(ours, bare, strict=True))
    return told, [
        Figure("envelopes, run_bots / bare client", share, "ratio", SHARE, at_least=True),
        Figure("envelopes of run_bots", _middle(ours).per_second, "a second", LEAST, at_least=True),
    ]


def _middle(rates: list[Rate]) -> Rate:
    return sorted(rates, key=lambda rate: rate.per_second)[len(rates) // 2]


def _bare(stage: Stage, hub: Hub, team: Team) -> Rate:
    app = hub.slack_app
    command = [sys.executable, "-m", "bench.bare_socket", stage.slack.api_url, app.app_token]
    client = Process(name="bare", command=[*command, str(CONNECTIONS)], env=stage.env)
    with Supervisor(stage.log) as processes_:
        processes_.start(client)
        return _rate(stage, hub, team, client=_ready(stage, hub, processes_, "bare"))


def _ours(stage: Stage, hub: Hub, team: Team, *, with_worker: bool = False) -> Rate:
    with Supervisor(stage.log) as processes_:
        if with_worker:
            processes_.start(processes.worker(env=stage.env))
            processes_.wait_ready("worker")
        processes_.start(processes.bots(env=stage.env))
        rate = _rate(stage, hub, team, client=_ready(stage, hub, processes_, "bots"))
    if (kept := InboxEvent.objects.count()) != WARM_UP + COUNT:
        raise LostMessages(f"{kept} rows of {WARM_UP + COUNT} events.")
    return rate


def _ready(stage: Stage, hub: Hub, processes_: Supervisor, name: str) -> int:
    """The process of that name, once it has opened its lines."""
    wait_for_lines(stage.slack, hub.slack_app.app_id, CONNECTIONS)
    pid = processes_.pid(name)
    assert pid is not None
    return pid


def _rate(stage: Stage, hub: Hub, team: Team, *, client: int) -> Rate:
    all_pids = (client, stage.postgres_pid, stage.valkey_pid, stage.slack.process.pid)
    pids = dict(zip(_PARTS, all_pids, strict=True))
    with beside(stage.slack):
        pour(hub, team, spoken("hush"), WARM_UP)
        before = {part: cpu_seconds(pid) for part, pid in pids.items()}
        seconds = pour(hub, team, spoken("hush"), COUNT)
    spent = {part: (cpu_seconds(pid) - before[part]) / COUNT * 1e6 for part, pid in pids.items()}
    return Rate(COUNT / seconds, spent)


def _forget(stage: Stage) -> None:
    """The rows, and what waits for the workers."""
    InboxEvent.objects.all().delete()
    with Redis.from_url(stage.redis_url) as redis:
        redis.flushdb()


def _handled(stage: Stage) -> float:
    """Listeners a second that one worker gets done, once it is warm."""
    handled = InboxEvent.objects.filter(state=InboxEvent.State.HANDLED)
    with Supervisor(stage.log) as processes_:
        processes_.start(processes.worker(env=stage.env))
        processes_.wait_ready("worker")
        wait_until(lambda: handled.count() >= WARM_UP, SECONDS)
        before, begun = handled.count(), time.monotonic()
        wait_until(lambda: handled.count() >= before + HANDLED, SECONDS)
        return (handled.count() - before) / (time.monotonic() - begun)
