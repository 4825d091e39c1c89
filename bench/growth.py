"""What a message costs, what a lane weighs and how long it waits, as the lanes become more.

The same number of messages over 10 to 10,000 lanes, with limits off. CPU is counted while the
middle of them leaves: taking up the lanes at first and their last answers are left out.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched

from bench import message
from bench.cpu import cpu_seconds
from bench.figures import Figure, LostMessages, table
from bench.memory import resident_mb
from bench.stage import PER_MINUTE, Arrival, Stage, settle_tables
from broadcasts.models import Delivery, Run
from broadcasts.tasks import ensure_senders
from broadcasts.tests.factories import make_broadcast, make_message, make_run
from broadcasts.tests.sending import connect_app
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.supervisor import Supervisor
from teams.models import Lane, Recipient, SlackApp, Team

SIZES = (10, 100, 1_000, 10_000)
MESSAGES = 20_000
# Of them counted: from the first to the last of these shares.
COUNTED = (0.4, 0.9)
WORKSPACES = 10
SECONDS = 90.0
WITHIN, LEAST_MB, LONGEST_WAIT = 0.25, 20.0, 5.0
_PARTS = ("client", "postgres", "valkey")


@dataclass(frozen=True)
class Place:
    """A workspace at Slack, whose people are shared out among many of the hub's teams."""

    token: str
    bot_user_id: str
    people: list[str]


@dataclass
class Growth:
    """What was found with so many lanes."""

    lanes: int
    cpu: dict[str, float] = field(default_factory=dict)
    rate: float = 0.0
    megabytes: float = 0.0
    longest_wait: float = 0.0

    @property
    def per_thousand(self) -> float:
        return sum(self.cpu.values())

    def row(self) -> list[str]:
        parts = (f"{self.cpu[name]:.3f}" for name in _PARTS)
        rest = (f"{self.per_thousand:.3f}", f"{self.megabytes:.0f}", f"{self.longest_wait:.1f}")
        return [f"{self.lanes:,} lanes", f"{self.rate:,.0f}", *parts, *rest]


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the figures; raises LostMessages if any message did not arrive once."""
    app = connect_app(stage.slack)
    stage.slack.control("PUT", "limits", {"enabled": False})
    places = [_place(stage, app, number) for number in range(WORKSPACES)]
    found = {lanes: _grow(stage, app, places, lanes) for lanes in SIZES}
    base, most = found[100], found[SIZES[-1]]
    heads = ["CPU-seconds per 1,000 messages", "a second", *_PARTS, "sum"]
    told = table([*heads, "MB", "longest wait, s"], [each.row() for each in found.values()])
    per_thousand_lanes = (most.megabytes - base.megabytes) / (most.lanes - base.lanes) * 1000
    worst = max(found[lanes].per_thousand for lanes in SIZES) / base.per_thousand
    return told, [
        Figure("cost per message, most at any size / 100 lanes", worst, "ratio", 1 + WITHIN),
        Figure("memory per 1,000 lanes", per_thousand_lanes, "MB", LEAST_MB),
        Figure(
            f"longest wait for a turn, {most.lanes} lanes", most.longest_wait, "s", LONGEST_WAIT
        ),
    ]


def _place(stage: Stage, app: SlackApp, number: int) -> Place:
    workspace = {"domain": f"place{number}", "people": MESSAGES // WORKSPACES}
    team_id = stage.slack.control("POST", "workspaces", workspace)["team_id"]
    grant = stage.slack.control("POST", "install", {"app_id": app.app_id, "team_id": team_id})
    users = stage.slack.control("GET", f"workspaces/{team_id}/users")
    people = [user["id"] for user in users if user["reachable"]]
    return Place(grant["access_token"], grant["bot_user_id"], people)


def _teams(app: SlackApp, places: list[Place], lanes: int) -> tuple[Team, ...]:
    """So many more teams; one workspace's token serves many of them."""
    now = datetime.now(UTC)
    teams = [
        Team(
            slack_app=app,
            team_id=f"T{lanes}N{number:05}",
            name=f"Lane {number}",
            bot_token=places[number % WORKSPACES].token,
            bot_user_id=places[number % WORKSPACES].bot_user_id,
            token_version=1,
            installed_at=now,
        )
        for number in range(lanes)
    ]
    Team.objects.bulk_create(teams, batch_size=1000)
    Lane.objects.bulk_create(
        [Lane(team=team, rate=PER_MINUTE, ceiling=PER_MINUTE) for team in teams], batch_size=1000
    )
    return tuple(teams)


def _people(teams: tuple[Team, ...], places: list[Place]) -> None:
    """Every person at Slack once, the same number to each team."""
    now, each = datetime.now(UTC), MESSAGES // len(teams)
    for place in range(min(WORKSPACES, len(teams))):
        Recipient.objects.bulk_create(
            [
                Recipient(team=team, slack_id=one, name=one, first_name="Ada", seen_at=now)
                for team, ids in zip(
                    teams[place::WORKSPACES], batched(places[place].people, each), strict=False
                )
                for one in ids
            ],
            batch_size=1000,
        )


def _grow(stage: Stage, app: SlackApp, places: list[Place], lanes: int) -> Growth:
    teams = _teams(app, places, lanes)
    _people(teams, places)
    run = _run(teams)
    settle_tables()
    rows = dict(run.deliveries.values_list("pk", "team_id"))
    since, growth = stage.posts(), Growth(lanes)
    with Supervisor(stage.log) as hub:
        hub.start(processes.sender(1, env=stage.env))
        hub.wait_ready("sender1")
        pid = hub.pid("sender1")
        assert pid is not None
        resumed = time.time()
        Run.objects.filter(pk=run.pk).resume()
        ensure_senders()
        try:
            _wait_posts(stage, since + int(len(rows) * COUNTED[0]))
            with _counted(stage, pid, growth):
                growth.megabytes = resident_mb(pid)
                _wait_posts(stage, since + int(len(rows) * COUNTED[1]))
            _wait_posts(stage, since + len(rows))
        except RuntimeError as error:
            missing = since + len(rows) - stage.posts()
            raise LostMessages(f"{lanes} lanes: {missing} messages are missing.") from error
    arrivals = stage.arrivals(since)
    growth.longest_wait = _longest_wait(arrivals, rows, resumed)
    return growth


def _run(teams: tuple[Team, ...]) -> Run:
    """Paused, with its deliveries as expansion would have made them."""
    broadcast = make_broadcast(
        name=f"{len(teams)} lanes",
        message=make_message(text=message.TEMPLATE, offers_opt_out=False),
    )
    now = datetime.now(UTC)
    run = make_run(broadcast, state=Run.State.PAUSED, expanded_at=now)
    Delivery.objects.bulk_create(
        [
            Delivery(
                run=run,
                team_id=team,
                recipient_id=person,
                target=f"{team}:{slack_id}",
                slack_id=slack_id,
                due_at=now,
            )
            for person, team, slack_id in Recipient.objects.filter(team__in=teams)
            .order_by("pk")
            .values_list("pk", "team_id", "slack_id")
        ],
        batch_size=1000,
    )
    return run


def _wait_posts(stage: Stage, posts: int) -> None:
    wait_until(lambda: stage.posts() >= posts, SECONDS)


def _longest_wait(arrivals: list[Arrival], rows: dict[int, int], begun: float) -> float:
    """Of any lane, from the beginning or its last post to its next, in seconds."""
    last: dict[int, float] = {}
    longest = 0.0
    for post in arrivals:
        team = rows[int(post.delivery)]
        longest = max(longest, post.at - last.get(team, begun))
        last[team] = post.at
    return longest


@contextmanager
def _counted(stage: Stage, client: int, growth: Growth) -> Iterator[None]:
    """What the block costs the client, PostgreSQL and Valkey, per 1,000 messages."""
    pids = dict(zip(_PARTS, (client, stage.postgres_pid, stage.valkey_pid), strict=True))
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    posts, started = stage.posts(), time.monotonic()
    yield
    posts, seconds = stage.posts() - posts, time.monotonic() - started
    growth.rate = posts / seconds
    growth.cpu = {
        name: (cpu_seconds(pid) - before[name]) / posts * 1000 for name, pid in pids.items()
    }
