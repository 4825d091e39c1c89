"""Turns a run's audience into deliveries: chunks whose rows and cursor are one commit.

First a few of every team, so that all lanes start at once; then team by team. Any process may
take over at any chunk. docs/decisions/0009 says why most rows need no look for conflicts.
"""

import logging

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from broadcasts import audience
from broadcasts.models import OptOut, Run

logger = logging.getLogger(__name__)

HEAD = 20
TEAMS_PER_HEAD_CHUNK = 200
CHUNK = 10_000

# Whoever is in quiet hours is due at their end: one by one, the marks would spend a slot on each.
# A person whom two installs of one workspace (or organisation) know becomes one row, and so does
# a channel that two workspaces share: the target decides, the first insert wins.
_INSERT = """
    WITH page AS MATERIALIZED ({page}),
    made AS MATERIALIZED (
        SELECT %s::bigint AS run, %s::timestamptz AS due_at, t.id AS team,
               coalesce(nullif(t.enterprise_id, ''), t.team_id) || ':' AS person_scope,
               t.time_zone, make_interval(mins => %s) AS quiet_wait
        FROM teams_team t WHERE t.id = %s
    ),
    inserted AS (
        INSERT INTO broadcasts_delivery (
            run_id, team_id, recipient_id, target, part, slack_id, state, due_at, attempt,
            channel, ts, error, error_text, created_at)
        SELECT made.run, made.team, p.id,
               CASE WHEN p.kind = 'channel' THEN p.slack_id
                    ELSE made.person_scope || p.slack_id END,
               0, p.slack_id, 'ready', coalesce(quiet.ends, made.due_at), 0, '', '',
               CASE WHEN quiet.ends IS NULL THEN '' ELSE 'quiet_hours' END,
               CASE WHEN quiet.ends IS NULL THEN ''
                    ELSE 'Waits for the end of their quiet hours.' END,
               now()
        FROM page p CROSS JOIN made
        LEFT JOIN LATERAL (
            SELECT teams_quiet_end(coalesce(nullif(p.time_zone, ''), made.time_zone),
                                   p.quiet_from, p.quiet_to, now()) AS ends
        ) AS quiet ON p.quiet_from IS NOT NULL AND quiet.ends <= now() + made.quiet_wait
        {on_conflict}
    )
    SELECT count(*), max(id) FROM page
"""
_FIRST_WINS = "ON CONFLICT (run_id, target, part) DO NOTHING"
_COLUMNS = ("id", "slack_id", "kind", "time_zone", "quiet_from", "quiet_to")
# First half of the advisory lock's key; the second is the run's.
_LOCK = 0x45585044
# A sync writes a team's people in the order of their keys, so the index of (team, key) reads few
# pages. The planner cannot know, and would read and sort the whole team for each chunk.
_READ_BY_KEY = "SET LOCAL random_page_cost = 1.1"


def expand_chunk(run_pk: int) -> bool:
    """Insert the run's next chunk; whether there may be more.

    False too when another process has the run in hand, or it is no longer to be expanded.
    """
    try:
        return _expand_chunk(run_pk, first_wins=False)
    except IntegrityError:
        # Two of its teams have come to share their people since it began, by joining one
        # organisation: the chunk was undone and is made again.
        logger.warning("Run %s: a chunk met rows of another team", run_pk)
        return _expand_chunk(run_pk, first_wins=True)


@transaction.atomic
def _expand_chunk(run_pk: int, *, first_wins: bool) -> bool:
    if not _alone(run_pk):
        return False
    run = Run.objects.begun().filter(pk=run_pk, expanded_at=None).first()
    if run is None:
        return False
    # Also of a run that an older version began, whose cursor held no heads: that one is made from
    # its start again, and what it has is met.
    if "with_channels" not in run.audience:
        run.audience.setdefault("order", audience.teams_in_order(run.audience))
        run.audience["shadowed"] = sorted(audience.shadowed(run.audience["order"]))
        run.audience["with_channels"] = audience.teams_with_channels(run.audience)
        OptOut.objects.spread(run.broadcast_id)
    with connection.cursor() as cursor:
        cursor.execute(_READ_BY_KEY)
    chunk = _Chunk(run, first_wins=first_wins)
    if len(chunk.heads) < len(chunk.order):
        chunk.insert_heads()
    else:
        chunk.insert_rest()
    fields = {"audience": run.audience, "cursor": run.cursor, "expanded_at": run.expanded_at}
    if not Run.objects.begun().filter(pk=run.pk).update(**fields):
        # Cancelled meanwhile, and its deliveries may be counted: no more of them.
        transaction.set_rollback(True)
        return False
    return run.expanded_at is None


def _alone(run_pk: int) -> bool:
    """Whether no other process has the run in hand, to the end of this transaction.

    Its row stays free until the chunk's last moment: a click on pause, and the mark of the first
    post, need it in between.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (_LOCK, run_pk % 2**31))
        (alone,) = cursor.fetchone() or (False,)
    return bool(alone)


class _Chunk:
    """The next rows of a run that the caller has locked; moves the cursor and saves nothing.

    The cursor holds `heads`, for each team in order the last primary key of its first few, and
    then the `position` in the order and the last primary key there, `after`.
    """

    def __init__(self, run: Run, *, first_wins: bool) -> None:
        self.order: list[int] = run.audience["order"]
        self.heads: list[int] = run.cursor.get("heads", [])
        self._run = run
        self._shadowed = frozenset(run.audience["shadowed"])
        self._may_meet_others = self._shadowed.union(run.audience["with_channels"])
        self._first_wins = first_wins

    def insert_heads(self) -> None:
        """A few of each of the next teams; who may be another team's waits for that team."""
        for team in self.order[len(self.heads) :][:TEAMS_PER_HEAD_CHUNK]:
            last = 0 if team in self._shadowed else self._insert(team, after=0, limit=HEAD)[1]
            self.heads.append(last)
        self._run.cursor = {"heads": self.heads}

    def insert_rest(self) -> None:
        """Up to CHUNK recipients, of as many teams as that takes."""
        cursor = self._run.cursor
        position, after, room = cursor.get("position", 0), cursor.get("after", 0), CHUNK
        while room > 0 and position < len(self.order):
            start = max(after, self.heads[position])
            read, last = self._insert(self.order[position], after=start, limit=room)
            position, after = (position + 1, 0) if read < room else (position, last)
            room -= read
        self._run.cursor = {"heads": self.heads, "position": position, "after": after}
        if position >= len(self.order):
            self._run.cursor = {}
            self._run.expanded_at = timezone.now()

    def _insert(self, team: int, *, after: int, limit: int) -> tuple[int, int]:
        """How many of the team were read after that primary key, and the last one's."""
        people = audience.recipients(self._run.audience, self._run.as_of, team=team)
        page = people.filter(pk__gt=after).order_by("pk").values(*_COLUMNS)[:limit]
        page_sql, parameters = page.query.sql_with_params()
        looks = self._first_wins or team in self._may_meet_others
        sql = _INSERT.format(page=page_sql, on_conflict=_FIRST_WINS if looks else "")
        run = self._run
        values = (*parameters, run.pk, run.as_of, run.quiet_minutes, team)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            read, last = cursor.fetchone() or (0, None)
        return read, last or 0
