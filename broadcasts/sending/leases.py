"""Which lanes a sender serves, and its heartbeat.

Leases only divide the work: two senders on one lane would still mark each row once.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.rows import tuple_row

from broadcasts.sending.learning import Memory
from broadcasts.sending.memory import write_down
from broadcasts.sending.rows import LaneNote, LaneRow, RunContent
from broadcasts.sending.statements import COUNT_LANES_WITH_WORK, LANES_WITH_WORK
from teams.crypto import UndecryptableSecret, decrypt

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
# A sender without a heartbeat for longer is taken for dead: another is started.
SENDER_ALIVE = timedelta(seconds=10)

_BEAT = """
    INSERT INTO broadcasts_sender (id, requested_at, beat_at, lanes, host, pid)
    VALUES (%(sender)s, now(), now(), %(lanes)s, %(host)s, %(pid)s)
    ON CONFLICT (id) DO UPDATE
    SET beat_at = now(), lanes = excluded.lanes, host = excluded.host, pid = excluded.pid
"""
_COUNT_ALIVE = "SELECT count(*) FROM broadcasts_sender WHERE beat_at > now() - %(alive)s"

_TAKE = f"""
    UPDATE teams_lane l
    SET owner = %(sender)s, leased_until = now() + %(lease)s,
        last_served_at = CASE WHEN before.is_ours THEN l.last_served_at ELSE now() END
    FROM (
        SELECT l.team_id, l.leased_until, l.owner IS NOT DISTINCT FROM %(sender)s AS is_ours
        FROM teams_lane l
        WHERE (l.leased_until IS NULL OR l.leased_until < now() OR l.owner = %(sender)s)
          AND (l.team_id = ANY(%(busy)s::bigint[]) OR l.team_id IN ({LANES_WITH_WORK}))
        ORDER BY l.team_id = ANY(%(busy)s::bigint[]) DESC, l.owner = %(sender)s DESC NULLS LAST,
                 l.last_served_at NULLS FIRST
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) AS before
    WHERE l.team_id = before.team_id
    RETURNING l.team_id, CASE WHEN NOT before.is_ours THEN
        extract(epoch FROM before.leased_until + %(channel_interval)s - now())::float END
"""
# The time stays: until a channel's interval later, a channel may have been posted to just before.
_GIVE_UP = """
    UPDATE teams_lane SET owner = NULL, leased_until = now()
    WHERE owner = %(sender)s AND NOT team_id = ANY(%(kept)s::bigint[])
"""
_DESCRIBE = """
    SELECT l.team_id, t.name, t.bot_token, t.token_version,
           greatest(0, coalesce(extract(epoch FROM l.paused_until - now()), 0))::float,
           l.outage_at IS NOT NULL, l.rate, l.ceiling,
           extract(epoch FROM now() - l.learned_at)::float, l.bad_rate,
           greatest(0, coalesce(extract(epoch FROM l.bad_until - now()), 0))::float,
           coalesce((SELECT e.hub_id FROM broadcasts_engine e), '')
    FROM teams_lane l JOIN teams_team t ON t.id = l.team_id
    JOIN teams_slackapp a ON a.id = t.slack_app_id
    WHERE l.team_id = ANY(%(lanes)s::bigint[]) AND t.bot_token <> ''
      AND t.state = 'connected' AND a.enabled AND NOT a.held
"""
_COUNT_OUTAGES = """
    SELECT count(*) FROM teams_lane WHERE outage_at IS NOT NULL AND leased_until > now()
"""
_RUNS = """
    SELECT r.id, b.priority, r.first_ok_at IS NOT NULL
    FROM broadcasts_run r JOIN broadcasts_broadcast b ON b.id = r.broadcast_id
    WHERE r.state = 'active'
"""
_CONTENTS = """
    SELECT id, broadcast_id, content FROM broadcasts_run WHERE id = ANY(%(runs)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class SenderId:
    """Who beats: one sender task of one process."""

    id: UUID
    host: str
    pid: int


class Leases:
    """The sender's own view of its lanes and runs, renewed by every beat."""

    def __init__(self, sender: SenderId, most_lanes: int, channel_interval: float) -> None:
        self.sender = sender
        self._channel_interval = channel_interval
        self._most_lanes = most_lanes
        self._tokens: dict[tuple[int, int], str] = {}
        self._contents: dict[int, tuple[int, dict[str, Any]]] = {}

    def beat(
        self,
        connection: psycopg.Connection[Any],
        busy: Sequence[int],
        notes: Sequence[LaneNote] = (),
    ) -> tuple[list[LaneRow], dict[int, RunContent]]:
        """Say that we live, take our share of the lanes, read what is active.

        `busy` are lanes with rows in hand: they are kept, whatever the share. `notes` are written
        down before a lane can pass to somebody else.
        """
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            kept = list(busy)
            write_down(cursor, self.sender.id, notes)
            who = {"sender": self.sender.id, "host": self.sender.host, "pid": self.sender.pid}
            cursor.execute(_BEAT, {**who, "lanes": len(kept)})
            limit = max(len(kept), self._share(cursor))
            times = {"lease": LEASE, "channel_interval": timedelta(seconds=self._channel_interval)}
            taken = cursor.execute(_TAKE, {**who, **times, "busy": kept, "limit": limit})
            rests: dict[int, float | None] = dict(taken.fetchall())
            cursor.execute(_GIVE_UP, {**who, "kept": list(rests)})
            return self._describe(cursor, rests), self._read_runs(cursor)

    def count_outages(self, connection: psycopg.Connection[Any]) -> int:
        """How many lanes the hub's senders hold because Slack gives no clear answers there."""
        (count,) = connection.execute(_COUNT_OUTAGES).fetchone() or (0,)
        return int(count)

    def leave(self, connection: psycopg.Connection[Any], notes: Sequence[LaneNote]) -> None:
        """Give every lane up and be forgotten."""
        with connection.transaction(), connection.cursor() as cursor:
            write_down(cursor, self.sender.id, notes)
            connection.execute(_GIVE_UP, {"sender": self.sender.id, "kept": []})
            connection.execute("DELETE FROM broadcasts_sender WHERE id = %s", [self.sender.id])

    def _share(self, cursor: psycopg.Cursor[Any]) -> int:
        (work,) = cursor.execute(COUNT_LANES_WITH_WORK).fetchone() or (0,)
        (alive,) = cursor.execute(_COUNT_ALIVE, {"alive": SENDER_ALIVE}).fetchone() or (1,)
        # More lanes than the senders are meant for are served more slowly, all of them: otherwise
        # the last would wait until the first have nothing left to send.
        most = max(self._most_lanes, -(-work // settings.SENDER_SLOTS))
        return min(most, -(-work // max(alive, 1)))

    def _describe(
        self, cursor: psycopg.Cursor[Any], rests: Mapping[int, float | None]
    ) -> list[LaneRow]:
        """The lanes, each with the seconds that it rests after another sender's posts."""
        rows = cursor.execute(_DESCRIBE, {"lanes": list(rests)}).fetchall()
        return [
            LaneRow(
                team,
                name,
                token,
                version,
                Memory(*memory),
                max(paused, rests[team] or 0.0),
                outage,
                hub,
            )
            for team, name, secret, version, paused, outage, *memory, hub in rows
            if (token := self._token(team, version, secret))
        ]

    def _token(self, team: int, version: int, secret: str) -> str:
        """Decrypted once; empty where no key fits: that team waits, the others do not."""
        if (team, version) not in self._tokens:
            try:
                self._tokens[team, version] = decrypt(secret)
            except UndecryptableSecret as error:
                logger.error("Team %s is not served: %s", team, error)
                self._tokens[team, version] = ""
        return self._tokens[team, version]

    def _read_runs(self, cursor: psycopg.Cursor[Any]) -> dict[int, RunContent]:
        active = cursor.execute(_RUNS).fetchall()
        unread = [run for run, _, _ in active if run not in self._contents]
        if unread:
            contents = cursor.execute(_CONTENTS, {"runs": unread}).fetchall()
            self._contents |= {run: (broadcast, content) for run, broadcast, content in contents}
        self._contents = {run: self._contents[run] for run, _, _ in active}
        return {
            run: RunContent(run, *self._contents[run], weight, accepted)
            for run, weight, accepted in active
        }
