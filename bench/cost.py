"""CPU-seconds per 1,000 messages: a bare loop, SlackHub, and one Celery task per message.

Over TLS, as Slack is reached; the first two also over plain HTTP. Counted from the first post to
the last settled row; expansion, enqueueing, start-up and warm-up are left out everywhere, and so is
the sandbox.
"""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import bare, message, one_task
from bench.cpu import cpu_seconds
from bench.figures import Figure, LostMessages, table
from bench.stage import Stage
from broadcasts.models import Delivery, Run
from broadcasts.tasks import ensure_senders
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.process import Process
from slackhub.embedded.supervisor import Supervisor

LANES, PEOPLE = 50, 400
ROUNDS = 2
# The posts of each of our rounds that open its connections, as the bare loop's first ones do.
WARM_UP = 5_000
TASKS = 3_000
WARM_UP_TASKS = 300
SECONDS = 120.0
_PARTS = ("client", "postgres", "valkey")


@dataclass
class Cost:
    """What a variant's rounds took, by process."""

    variant: str
    messages: int = 0
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    def add(self, messages: int, seconds: float, cpu: dict[str, float]) -> None:
        self.messages += messages
        self.seconds += seconds
        for name, spent in cpu.items():
            self.cpu[name] = self.cpu.get(name, 0.0) + spent

    @property
    def per_thousand(self) -> float:
        return sum(self.cpu.values()) / self.messages * 1000

    def row(self) -> list[str]:
        parts = (f"{self.cpu.get(name, 0.0) / self.messages * 1000:.3f}" for name in _PARTS)
        rate = f"{self.messages / self.seconds:,.0f}"
        return [self.variant, f"{self.messages:,}", rate, *parts, f"{self.per_thousand:.3f}"]


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the ratios; raises LostMessages if any message did not arrive once."""
    stage.fill(LANES, PEOPLE)
    alone, ours = Cost("(a) bare AsyncWebClient"), Cost("(b) SlackHub sender")
    plain = Cost("(a) over plain HTTP"), Cost("(b) over plain HTTP")
    tasks = Cost("(c) one Celery task each")
    _run_bare(stage, plain[0])
    stage.remember_dms()
    with Supervisor(stage.log) as hub:
        _run_ours(stage, hub, plain[1])
    with _over_tls(stage):
        _run_bare(stage, alone)
        with Supervisor(stage.log) as hub:
            _run_ours(stage, hub, ours)
        _run_bare(stage, alone)
        with Supervisor(stage.log) as hub:
            _run_tasks(stage, hub, tasks)
    heads = ["CPU-seconds per 1,000 messages", "messages", "a second"]
    told = table([*heads, *_PARTS, "sum"], [cost.row() for cost in (alone, ours, tasks, *plain)])
    return told, [
        _ratio("CPU per message, SlackHub / bare loop", ours, alone, 0.5),
        _ratio("CPU per message, SlackHub / one Celery task each", ours, tasks, 0.1),
    ]


@contextmanager
def _over_tls(stage: Stage) -> Iterator[None]:
    """What starts in the block finds Slack there, and trusts the local one's certificate."""
    before = os.environ["SLACK_URL"]
    os.environ |= {"SLACK_URL": stage.slack.tls_url, "SSL_CERT_FILE": str(stage.slack.pem)}
    try:
        yield
    finally:
        os.environ["SLACK_URL"] = before
        del os.environ["SSL_CERT_FILE"]


def _ratio(name: str, cost: Cost, other: Cost, target: float) -> Figure:
    return Figure(name, cost.per_thousand / other.per_thousand, "ratio", target)


def _run_bare(stage: Stage, cost: Cost) -> None:
    since = stage.posts()
    posts = [
        (
            person.team.bot_token,
            person.slack_id,
            message.text(person.first_name, person.team.name),
            f"bare-{since}-{person.pk}",
        )
        for person in stage.recipients()
    ]
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare"],
        input=json.dumps({"api_url": f"{os.environ['SLACK_URL']}/api/", "posts": posts}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=SECONDS,
        # Ctrl-C reaches us alone, and we end it.
        start_new_session=True,
    )
    stage.check(since, [key for *_, key in posts])
    result = json.loads(done.stdout)
    cost.add(len(posts) - bare.WARM_UP, result["seconds"], {"client": result["cpu"]})


def _run_ours(stage: Stage, hub: Supervisor, cost: Cost) -> None:
    """A sender as production starts it; the first run only warms it up.

    Each round is counted from its first posts on: its connections are open by then.
    """
    hub.start(processes.sender(1, env=stage.env))
    hub.wait_ready("sender1")
    for number in range(ROUNDS + 1):
        run = stage.paused_run(f"{cost.variant} {number}")
        _run_round(stage, run, hub.pid("sender1"), cost if number else Cost("warm-up"))


def _run_round(stage: Stage, run: Run, sender: int | None, cost: Cost) -> None:
    keys = [str(key) for key in run.deliveries.values_list("pk", flat=True)]
    since = stage.posts()
    Run.objects.filter(pk=run.pk).resume()
    ensure_senders()
    wait_until(lambda: stage.posts() >= since + WARM_UP, SECONDS)
    left = since + len(keys) - stage.posts()
    with _counted(stage, sender, cost, left):
        _wait_settled(stage, run, since + len(keys))
    stage.check(since, keys)


def _run_tasks(stage: Stage, hub: Supervisor, cost: Cost) -> None:
    hub.start(_task_worker(stage))
    hub.wait_ready("tasks")
    run = stage.paused_run(cost.variant)
    rows = run.deliveries.select_related("team", "recipient").order_by("slack_id")
    waiting = iter(rows[: WARM_UP_TASKS + TASKS])
    for count in (WARM_UP_TASKS, TASKS):
        chosen = list(itertools.islice(waiting, count))
        since = stage.posts()
        warm_up = count == WARM_UP_TASKS
        with _counted(stage, hub.pid("tasks"), Cost("warm-up") if warm_up else cost, count):
            _enqueue(chosen)
            _wait_settled(stage, run, since + count)
        stage.check(since, [str(row.pk) for row in chosen])


def _task_worker(stage: Stage) -> Process:
    """The cheapest of 2 and 8 threads, 1 and 2 prefork processes, and solo."""
    return Process(
        name="tasks",
        command=[
            *(sys.executable, "-W", "ignore:You're running the worker with superuser"),
            *("-m", "celery", "--quiet", "-A", "bench.one_task", "worker", "-Q", one_task.QUEUE),
            *("-P", "threads", "-c", "2", "--loglevel", "WARNING"),
            *("--without-mingle", "--without-gossip", "--without-heartbeat"),
        ],
        env=stage.env,
    )


def _enqueue(rows: list[Delivery]) -> None:
    for row in rows:
        assert row.recipient is not None
        text = message.text(row.recipient.first_name, row.team.name)
        one_task.post.delay(row.pk, row.team.bot_token, row.slack_id, text)


def _wait_settled(stage: Stage, run: Run, posts: int) -> None:
    """Asks the sandbox while posts are missing: a question to PostgreSQL would be counted."""
    posting = run.deliveries.filter(state=Delivery.State.POSTING)
    try:
        wait_until(lambda: stage.posts() >= posts, SECONDS)
        wait_until(lambda: not posting.exists(), SECONDS)
    except RuntimeError as error:
        missing = posts - stage.posts()
        raise LostMessages(f"After {SECONDS:g} s {missing} messages are missing.") from error


@contextmanager
def _counted(stage: Stage, client: int | None, cost: Cost, messages: int) -> Iterator[None]:
    """Adds what the block costs the client, PostgreSQL and Valkey."""
    assert client is not None
    pids = dict(zip(_PARTS, (client, stage.postgres_pid, stage.valkey_pid), strict=True))
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    started = time.monotonic()
    yield
    seconds = time.monotonic() - started
    spent = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    cost.add(messages, seconds, spent)
