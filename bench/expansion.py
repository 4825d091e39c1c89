"""Expansion: how fast a million recipients become deliveries, against a plain INSERT ... SELECT.

Both in turns, into tables with the same columns, constraints and indexes; neither looks at a
message. The plain one is a single statement with one commit, which no restart could take up.
"""

import resource
import time
from statistics import median

from django.db import connection

from bench.figures import Figure, table
from bench.people import fill
from bench.stage import Stage
from broadcasts.expansion import expand_chunk
from broadcasts.models import Run
from broadcasts.tests.factories import make_broadcast, make_run
from teams.models import Team

TEAMS = 50
PEOPLE = 1_000_000
PAIRS = 3

_FRESH = """
    TRUNCATE broadcasts_delivery, broadcasts_copy;
    DROP TABLE IF EXISTS plain_delivery;
    CREATE TABLE plain_delivery (LIKE broadcasts_delivery INCLUDING ALL);
    CHECKPOINT
"""
_PLAIN = """
    INSERT INTO plain_delivery (
        run_id, team_id, recipient_id, target, part, slack_id, state, due_at, attempt,
        channel, ts, error, error_text, created_at)
    SELECT %s, p.team_id, p.id, t.team_id || ':' || p.slack_id, 0, p.slack_id, 'ready', now(), 0,
           '', '', '', '', now()
    FROM teams_recipient p JOIN teams_team t ON t.id = p.team_id
    WHERE NOT p.is_bot AND NOT p.is_deactivated AND NOT p.is_stranger
      AND p.gone_at IS NULL AND p.opted_out_at IS NULL AND p.slack_id <> 'USLACKBOT'
"""


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """Speeds of both, their ratio, and the peak memory of this process, which expands."""
    fill(TEAMS, PEOPLE)
    broadcast = make_broadcast(teams=tuple(Team.objects.all()))
    pairs = []
    for _ in range(PAIRS):
        run = make_run(broadcast)
        with connection.cursor() as cursor:
            cursor.execute(_FRESH)
        pairs.append((_seconds_plain(run), _seconds_ours(run)))
        _check(run)
        run.delete()
    plain, ours = (median(seconds) for seconds in zip(*pairs, strict=True))
    ratio = median(plain / ours for plain, ours in pairs)
    told = table(
        [f"{PEOPLE:,} recipients of {TEAMS} teams", "seconds", "rows a second"],
        [
            ["plain INSERT ... SELECT", f"{plain:.2f}", f"{PEOPLE / plain:,.0f}"],
            ["expansion", f"{ours:.2f}", f"{PEOPLE / ours:,.0f}"],
        ],
    )
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told, [
        Figure("expansion, speed / plain INSERT ... SELECT", ratio, "ratio", 0.8, at_least=True),
        Figure("expansion, peak memory of its process", megabytes, "MB", 150),
    ]


def _seconds_plain(run: Run) -> float:
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [run.pk])
    seconds = time.monotonic() - started
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    return seconds


def _seconds_ours(run: Run) -> float:
    started = time.monotonic()
    while expand_chunk(run.pk):
        pass
    return time.monotonic() - started


def _check(run: Run) -> None:
    """Raises unless both have made the same rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM plain_delivery), count(*) FROM broadcasts_delivery"
        )
        made = cursor.fetchone()
    if made != (PEOPLE, PEOPLE):
        raise RuntimeError(f"Run {run.pk}: {made} rows instead of {PEOPLE} twice.")
