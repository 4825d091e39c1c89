"""The hub and the local Slack that the figures are measured on."""

import itertools
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from redis import Redis

from bench import message
from bench.figures import LostMessages
from broadcasts.expansion import expand_chunk
from broadcasts.models import Run
from broadcasts.tests.factories import make_broadcast, make_message, make_run
from broadcasts.tests.sending import connect_app
from sandbox.testing import RunningSandbox
from slackhub.embedded.log import Log
from teams.models import Lane, Recipient, SlackApp, Team
from teams.tests.factories import make_team

# Far above what the machine can post, so that pacing is never what is measured.
PER_MINUTE = 60_000.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that Slack took; `at` is in seconds of the system's clock."""

    at: float
    team_id: str
    delivery: str


@dataclass(frozen=True)
class Stage:
    """`folder` holds the embedded servers' data, `log` takes what the processes say."""

    slack: RunningSandbox
    folder: Path
    redis_url: str
    log: Log

    @property
    def env(self) -> Mapping[str, str]:
        """For the processes of the hub."""
        return os.environ

    @property
    def postgres_pid(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def valkey_pid(self) -> int:
        with Redis.from_url(self.redis_url) as redis:
            return int(redis.info("server")["process_id"])

    def fill(self, lanes: int, people: int, *, per_minute: float = PER_MINUTE) -> None:
        """The same teams and people at Slack and in the hub; Slack's limits off."""
        self.slack.control("PUT", "limits", {"enabled": False})
        app = connect_app(self.slack)
        for number in range(lanes):
            self._add_team(app, number, people)
        Lane.objects.update(rate=per_minute, ceiling=per_minute)

    def _add_team(self, app: SlackApp, number: int, people: int) -> Team:
        workspace = {"domain": f"lane{number}", "people": people, "name": f"Lane {number}"}
        team_id = self.slack.control("POST", "workspaces", workspace)["team_id"]
        grant = self.slack.control("POST", "install", {"app_id": app.app_id, "team_id": team_id})
        team = make_team(
            app,
            name=workspace["name"],
            team_id=team_id,
            bot_token=grant["access_token"],
            bot_user_id=grant["bot_user_id"],
        )
        users = self.slack.control("GET", f"workspaces/{team_id}/users")
        now = datetime.now(UTC)
        Recipient.objects.bulk_create(
            Recipient(
                team=team,
                slack_id=user["id"],
                name=user["name"],
                real_name=user["real_name"],
                first_name=user["real_name"].split()[0],
                seen_at=now,
            )
            for user in users
            if user["reachable"]
        )
        return team

    def remember_dms(self) -> None:
        """As after an earlier broadcast: the hub knows everybody's DM."""
        for team in Team.objects.all():
            users = self.slack.control("GET", f"workspaces/{team.team_id}/users")
            dms = {user["id"]: user["dm"] or "" for user in users}
            people = list(team.recipients.all())
            for person in people:
                person.dm_channel = dms[person.slack_id]
            Recipient.objects.bulk_update(people, ["dm_channel"])

    def recipients(self) -> list[Recipient]:
        """Everybody, the teams taking turns."""
        by_team = itertools.groupby(
            Recipient.objects.select_related("team").order_by("team_id", "id"),
            key=lambda person: person.team_id,
        )
        columns = [list(people) for _, people in by_team]
        return [person for row in zip(*columns, strict=True) for person in row]

    def paused_run(self, name: str, teams: tuple[Team, ...] | None = None) -> Run:
        """A run for everybody, or everybody in these teams; expanded, it waits for `resume`."""
        broadcast = make_broadcast(
            name=name,
            teams=tuple(Team.objects.all()) if teams is None else teams,
            message=make_message(name=name, text=message.TEMPLATE, offers_opt_out=False),
        )
        run = make_run(broadcast, state=Run.State.PAUSED)
        while expand_chunk(run.pk):
            pass
        settle_tables()
        return run

    def posts(self) -> int:
        """How many messages Slack has taken."""
        return int(self.slack.control("GET", "summary")["posts"])

    def limited(self) -> int:
        """How many 429s Slack has answered."""
        return int(self.slack.control("GET", "summary")["rate_limited"])

    def arrivals(self, since: int) -> list[Arrival]:
        """The posts after the first `since`, oldest first; LostMessages if one came twice."""
        with (self.slack.folder / "ledger.jsonl").open() as lines:
            posts = map(json.loads, itertools.islice(lines, since, None))
            found = [Arrival(post["at"], post["team_id"], post["delivery"]) for post in posts]
        if double := len(found) - len({post.delivery for post in found}):
            raise LostMessages(f"{double} messages came too often.")
        return found

    def check(self, since: int, keys: Iterable[str]) -> None:
        """Raises LostMessages unless each key arrived exactly once since then, and nothing else."""
        posts: list[dict[str, Any]] = self.slack.control("GET", f"ledger?since={since}")["posts"]
        arrived = Counter(post["delivery"] for post in posts)
        expected = Counter(keys)
        if arrived != expected:
            lost, more = expected - arrived, arrived - expected
            raise LostMessages(f"{lost.total()} did not arrive, {more.total()} came too often.")


def settle_tables() -> None:
    """As autovacuum would have done by then: plans and visibility of settled tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM (ANALYZE) broadcasts_delivery, teams_recipient, teams_lane, teams_team"
        )
        cursor.execute("CHECKPOINT")
