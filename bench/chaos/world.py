"""Whom the hub under test writes to, and what it knows afterwards."""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import Error, connection

from bench.chaos.apps import Kind, install, make_apps
from bench.chaos.arena import Arena
from bench.chaos.judge import Post, Row
from broadcasts.clock import database_now
from broadcasts.models import Broadcast, Delivery, Message
from sandbox.testing import wait_until
from teams.models import Lane, Recipient, Team

BROADCASTS = 5
# The last broadcast fires after this share of the test, and so much of it must do for all posts.
FIRED_BY = 0.9
# Seconds: a broadcast cannot be started for an instant that is over.
SOON = 2.0
FIRST_SECONDS = 60.0
SYNC_SECONDS = 120.0
# What Slack allows beyond the pace of the hub: its 429s are to come from the faults alone.
HEADROOM = 1.3
# Slack's answer takes at least so long: a post of that age is a request without an answer.
SHORTEST_ANSWER = 0.2
LATENCY = {
    "kind": "latency",
    "methods": ["chat.postMessage"],
    "latency": {"min": SHORTEST_ANSWER, "max": 0.6},
}
# What reading the ledger may take, off the time that an answer is certain to be out.
READING = 0.04
TOLD_EVENT = "message_metadata_posted"
TRIES = 4

_ROWS = """
    SELECT d.id, r.broadcast_id, d.team_id, d.slack_id, d.state, d.error, a.slug, d.attempt,
           extract(epoch FROM coalesce(d.marked_at, d.created_at))::float
    FROM broadcasts_delivery d JOIN broadcasts_run r ON r.id = d.run_id
    JOIN teams_team t ON t.id = d.team_id JOIN teams_slackapp a ON a.id = t.slack_app_id
"""
_MARKS = """
    SELECT s.pid, d.id, d.attempt
    FROM broadcasts_delivery d JOIN broadcasts_sender s ON s.id = d.marked_by
    WHERE d.state = 'posting'
"""
# What nobody has picked up: each must be nothing, a while after everything is well again.
_LEFT_LYING = """
    SELECT 'leased', count(*) FROM teams_lane l LEFT JOIN broadcasts_sender s ON s.id = l.owner
    WHERE l.leased_until > now() AND coalesce(s.beat_at, '-infinity') < now() - interval '60 s'
    UNION ALL
    SELECT 'posting', count(*) FROM broadcasts_delivery
    WHERE state = 'posting' AND marked_at < now() - interval '150 s'
    UNION ALL
    SELECT 'half-expanded', count(*) FROM broadcasts_run
    WHERE state = 'active' AND expanded_at IS NULL
"""

# (id, attempt): what one sender has marked and has no answer to.
type Marks = set[tuple[str, int]]


class World:
    """`deliveries` over `lanes`, in a handful of broadcasts that Beat fires while faults rage."""

    def __init__(self, arena: Arena, say: Callable[[str], object]) -> None:
        self._arena = arena
        self._slack = arena.slack
        self._say = say
        self._kinds: dict[str, Kind] = {}
        self._read_to = 0

    def fill(self, *, lanes: int, deliveries: int) -> int:
        """The hub must run: the apps are installed and the people are read as always.

        Returns how many posts each lane will have.
        """
        people = -(-deliveries // (lanes * BROADCASTS))
        make_apps(self._arena)
        for number in range(lanes):
            made = self._slack.control(
                "POST", "workspaces", {"domain": f"lane{number}", "people": people}
            )
            kind = list(Kind)[number % len(Kind)]
            self._kinds[made["team_id"]] = kind
            install(self._arena, kind, made["team_id"])
        teams = Team.objects.exclude(synced_at=None)
        wait_until(lambda: teams.count() == lanes, SYNC_SECONDS)
        self._slack.control("PUT", "faults", LATENCY)
        self._say(f"{lanes} teams with {people} people each, {BROADCASTS} broadcasts")
        return people * BROADCASTS

    def set_pace(self, per_minute: float) -> None:
        """Of every lane, and of what Slack allows."""
        Lane.objects.update(rate=per_minute, ceiling=per_minute)
        self._slack.control("PUT", "limits", {"per_minute": per_minute * HEADROOM})

    def schedule(self, seconds: float) -> None:
        """All are fired within so many seconds."""
        now = database_now()
        for number in range(BROADCASTS):
            name = f"Broadcast {number + 1}"
            message = Message.objects.create(name=name, text=name + ": hello, {{ name }}!")
            broadcast = Broadcast.objects.create(name=name, message=message)
            broadcast.teams.set(Team.objects.all())
            ahead = SOON + seconds * number / BROADCASTS
            broadcast.schedule_once(now + timedelta(seconds=ahead))
            broadcast.start(now)

    def expected(self) -> set[tuple[int, str]]:
        people = Recipient.objects.people().reachable().values_list("team_id", "slack_id")
        return {
            (broadcast, f"{team}:{person}")
            for broadcast in Broadcast.objects.values_list("pk", flat=True)
            for team, person in people
        }

    def rows(self) -> list[Row]:
        return [
            Row(str(pk), broadcast, f"{team}:{person}", state, *more)
            for pk, broadcast, team, person, state, *more in _query(_ROWS)
        ]

    def posts(self) -> list[Post]:
        """What Slack accepted, and whether the hub has acknowledged the news of it."""
        events = {
            event["message_ts"]: event["attempts"]
            for event in self._slack.control("GET", "events")
            if event["type"] == TOLD_EVENT
        }
        ledger = self._slack.control("GET", "ledger?metadata=1")["posts"]
        return [_post(each, events.get(each["ts"])) for each in ledger]

    def open_requests(self) -> set[str]:
        """The deliveries in posts that Slack has taken and cannot have answered yet."""
        page = self._slack.control("GET", f"ledger?since={self._read_to}")
        self._read_to = page["next"]
        since = time.time() - SHORTEST_ANSWER + READING
        return {post["delivery"] for post in page["posts"] if post["at"] > since}

    def marks(self) -> dict[int, Marks]:
        """By process id of the sender; psycopg.OperationalError while the database is away."""
        marks: dict[int, Marks] = defaultdict(set)
        with self._arena.connect() as fresh:
            for pid, delivery, attempt in fresh.execute(_MARKS).fetchall():
                marks[int(str(pid))].add((str(delivery), int(str(attempt))))
        return marks

    def is_quiet(self, expected: int) -> bool:
        """Whether every delivery is made and none waits or is under way."""
        deliveries = Delivery.objects.exclude(run=None)
        undecided = deliveries.filter(state__in=Delivery.UNDECIDED)
        return deliveries.count() >= expected and not undecided.exists()

    def unknown(self, kind: Kind) -> set[str]:
        found = Delivery.objects.unknown().filter(team__slack_app__slug=kind)
        return {str(pk) for pk in found.values_list("pk", flat=True)}

    def left_lying(self) -> dict[str, int]:
        return {name: number for name, number in _query(_LEFT_LYING) if number}

    def wait_for_first(self) -> None:
        wait_until(lambda: self._slack.control("GET", "summary")["posts"], FIRST_SECONDS)

    @property
    def team_ids(self) -> list[str]:
        return list(self._kinds)

    def team_id(self, number: int) -> str:
        """One of the workspaces, by any number."""
        return self.team_ids[number % len(self._kinds)]

    def revoke(self, team_id: str) -> None:
        app_id = self._kinds[team_id].app_id
        self._slack.control("POST", "revoke", {"app_id": app_id, "team_id": team_id})

    def install_again(self, team_id: str) -> bool:
        """Whether it worked: the hub may be down just now."""
        try:
            install(self._arena, self._kinds[team_id], team_id)
            return Team.objects.connected().filter(team_id=team_id).exists()
        except OSError:
            return False
        except Error:
            connection.close()
            return False


def _query(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[Any] = cursor.fetchall()
        return rows


def _post(line: dict[str, Any], tries: list[dict[str, Any]] | None) -> Post:
    """`tries` are those of the event about it; None where Slack tells nobody."""
    is_heard = any(one["reason"] is None for one in tries or ())
    is_awaited = tries is not None and not is_heard and len(tries) < TRIES
    attempt = line["metadata"]["event_payload"]["attempt"]
    return Post(line["delivery"], attempt, line["at"], is_heard=is_heard, is_awaited=is_awaited)
