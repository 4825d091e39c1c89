"""Start: from Beat's message to the first post of a broadcast to 100,000 people.

The worker and the sender are those of production, idle until then; the lanes begin at the pace of
a hub that has never posted. The rest of the recipients become deliveries meanwhile.
"""

import os
import time
from datetime import timedelta
from statistics import median

from bench import message
from bench.figures import Figure, table
from bench.stage import Stage
from broadcasts.clock import database_now
from broadcasts.models import Broadcast
from broadcasts.tasks import fire
from broadcasts.tests.factories import make_broadcast, make_message
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.supervisor import Supervisor
from teams.models import Team

TEAMS, PEOPLE = 50, 2_000
PER_MINUTE = 60.0
ROUNDS = 3
TARGET = 2.0
SECONDS = 60.0


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """Seconds to the first post, and to the last delivery, of each round."""
    stage.fill(TEAMS, PEOPLE, per_minute=PER_MINUTE)
    with Supervisor(stage.log) as hub:
        hub.start(processes.worker(env=os.environ), processes.sender(1, env=os.environ))
        hub.wait_ready("worker")
        hub.wait_ready("sender1")
        rounds = [_round(stage, number) for number in range(ROUNDS)]
    rows = [[f"broadcast {n + 1}", f"{a:.2f}", f"{b:.2f}"] for n, (a, b) in enumerate(rounds)]
    told = table([f"{TEAMS * PEOPLE:,} recipients, seconds to", "first post", "last row"], rows)
    first = median(seconds for seconds, _ in rounds)
    return told, [Figure("start, Beat's message to the first post", first, "s", TARGET)]


def _round(stage: Stage, number: int) -> tuple[float, float]:
    broadcast = _due_broadcast(number)
    since = stage.posts()
    fired = time.time()
    # What Beat does when the time has come.
    fire.delay(broadcast.pk)
    wait_until(lambda: stage.posts() > since, SECONDS)
    first = min(post["at"] for post in stage.slack.posts(since=str(since)))
    wait_until(lambda: broadcast.runs.exclude(expanded_at=None).exists(), SECONDS)
    run = broadcast.runs.get()
    assert run.expanded_at is not None
    broadcast.cancel(database_now())
    return first - fired, run.expanded_at.timestamp() - fired


def _due_broadcast(number: int) -> Broadcast:
    broadcast = make_broadcast(
        name=f"start {number}",
        teams=tuple(Team.objects.all()),
        message=make_message(name=f"start {number}", text=message.TEMPLATE, offers_opt_out=False),
    )
    at = database_now() + timedelta(seconds=1)
    broadcast.schedule_once(at)
    broadcast.start(database_now())
    wait_until(lambda: database_now() > at)
    return broadcast
