"""Whom the hub under test writes to, and what it knows afterwards."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import psycopg
from django.db import Error, connection

from bench.chaos.arena import Arena
from bench.chaos.judge import Row
from broadcasts.clock import database_now
from broadcasts.models import Broadcast, Delivery, Message
from sandbox.testing import wait_until
from slackhub.browser import Browser
from slackhub.story import Story
from teams.models import Lane, Recipient, Team

BROADCASTS = 5
# The last broadcast fires after this share of the test, and so much of it must do for all posts.
FIRED_BY = 0.6
# Seconds: a broadcast cannot be started for an instant that is over.
SOON = 2.0
FIRST_SECONDS = 60.0
# What Slack allows beyond the pace of the hub: its 429s are to come from the faults alone.
HEADROOM = 1.3
LATENCY = {"kind": "latency", "methods": ["chat.postMessage"], "latency": {"min": 0.1, "max": 0.6}}

_ROWS = """
    SELECT d.id, r.broadcast_id, d.team_id, d.slack_id, d.state, d.error,
           extract(epoch FROM coalesce(d.marked_at, d.created_at)),
           extract(epoch FROM coalesce(d.settled_at, clock_timestamp()))
    FROM broadcasts_delivery d JOIN broadcasts_run r ON r.id = d.run_id
"""

_IS_POSTING = """
    SELECT EXISTS (
        SELECT FROM broadcasts_sender s
        JOIN teams_lane l ON l.owner = s.id
        JOIN broadcasts_delivery d ON d.team_id = l.team_id AND d.state = 'posting'
        WHERE s.pid = %s
    )
"""


class World:
    """`deliveries` over `lanes`, in a handful of broadcasts that Beat fires while faults rage."""

    def __init__(self, arena: Arena, say: Callable[[str], object]) -> None:
        self._arena = arena
        self._slack = arena.slack
        self._say = say
        self._app_id = ""

    def fill(self, *, lanes: int, deliveries: int, seconds: float) -> None:
        """The hub must run: the app is installed and the people are read as always."""
        people = -(-deliveries // (lanes * BROADCASTS))
        for number in range(lanes):
            self._slack.control("POST", "workspaces", {"domain": f"lane{number}", "people": people})
        story = Story(lambda _: None)
        app = story.make_app()
        self._app_id = app.app_id
        story.install(app)
        story.wait_for_people()
        self.set_pace(people * BROADCASTS / (seconds * FIRED_BY) * 60)
        self._slack.control("PUT", "faults", LATENCY)
        self._say(f"{lanes} teams with {people} people each, {BROADCASTS} broadcasts")

    def set_pace(self, per_minute: float) -> None:
        """Of every lane, and of what Slack allows."""
        Lane.objects.update(rate=per_minute, ceiling=per_minute)
        self._slack.control("PUT", "limits", {"per_minute": per_minute * HEADROOM})

    def schedule(self, seconds: float) -> None:
        now = database_now()
        for number in range(BROADCASTS):
            name = f"Broadcast {number + 1}"
            message = Message.objects.create(name=name, text=name + ": hello, {{ name }}!")
            broadcast = Broadcast.objects.create(name=name, message=message)
            broadcast.teams.set(Team.objects.all())
            ahead = SOON + seconds * FIRED_BY * number / BROADCASTS
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
        with connection.cursor() as cursor:
            cursor.execute(_ROWS)
            return [
                Row(str(pk), broadcast, f"{team}:{person}", state, error, float(mark), float(end))
                for pk, broadcast, team, person, state, error, mark, end in cursor.fetchall()
            ]

    def posts(self) -> list[str]:
        """The delivery ids of what Slack accepted."""
        return [post["delivery"] for post in self._slack.control("GET", "ledger")["posts"]]

    def is_quiet(self, expected: int) -> bool:
        """Whether every delivery is made and none waits or is under way."""
        deliveries = Delivery.objects.exclude(run=None)
        undecided = deliveries.filter(state__in=Delivery.UNDECIDED)
        return deliveries.count() >= expected and not undecided.exists()

    def is_posting(self, pid: int) -> bool:
        """Whether this sender has marked rows without an answer; False without the database."""
        try:
            with self._arena.connect() as fresh:
                return fresh.execute(_IS_POSTING, [pid]).fetchone() == (True,)
        except psycopg.OperationalError:
            return False

    def wait_for_first(self) -> None:
        wait_until(lambda: self._slack.control("GET", "summary")["posts"], FIRST_SECONDS)

    def team_id(self, number: int) -> str:
        """One of the workspaces, by any number."""
        workspaces = self._slack.control("GET", "workspaces")
        return str(workspaces[number % len(workspaces)]["team_id"])

    def revoke(self, team_id: str) -> None:
        self._slack.control("POST", "revoke", {"app_id": self._app_id, "team_id": team_id})

    def is_connected(self, team_id: str) -> bool:
        return Team.objects.connected().filter(team_id=team_id).exists()

    def install_again(self, team_id: str) -> bool:
        """As an administrator of the workspace would, through the hub's pages; whether it worked.

        The hub may be down just now.
        """
        browser = Browser()
        try:
            url, _ = browser.open(f"{self._arena.public_url}/slack/demo/install")
            asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            decision = asked | {"team": team_id, "decision": "allow"}
            browser.submit(f"{self._slack.url}/oauth/v2/authorize/decide", decision)
            return self.is_connected(team_id)
        except OSError:
            return False
        except Error:
            connection.close()
            return False
