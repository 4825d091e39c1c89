"""What a sender writes down of its lanes, so that the next one begins where it ended."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from broadcasts.sending.rows import LaneNote

# Only the lane's owner knows its rate.
_KEEP_RATES = """
    UPDATE teams_lane l
    SET rate = n.rate, learned_at = now(), bad_rate = n.bad_rate,
        bad_until = now() + make_interval(secs => n.bad_seconds),
        outage_at = CASE WHEN n.in_outage THEN coalesce(l.outage_at, now()) END
    FROM unnest(%(teams)s::bigint[], %(rates)s::float[], %(bad_rates)s::float[],
                %(bad_seconds)s::float[], %(in_outage)s::bool[])
        AS n(team, rate, bad_rate, bad_seconds, in_outage)
    WHERE l.team_id = n.team AND l.owner = %(sender)s
"""
_COUNT_LIMITED = """
    INSERT INTO teams_limitedhour (team_id, hour, count)
    SELECT n.team, date_trunc('hour', now()), n.limited
    FROM unnest(%(teams)s::bigint[], %(limited)s::int[]) AS n(team, limited)
    JOIN teams_team t ON t.id = n.team
    WHERE n.limited > 0
    ON CONFLICT (team_id, hour) DO UPDATE SET count = teams_limitedhour.count + excluded.count
"""


def write_down(cursor: psycopg.Cursor[Any], sender: UUID, notes: Sequence[LaneNote]) -> None:
    if not notes:
        return
    teams = [note.team for note in notes]
    columns = {
        "sender": sender,
        "teams": teams,
        "rates": [note.rate for note in notes],
        "bad_rates": [note.bad_rate for note in notes],
        "bad_seconds": [note.bad_seconds for note in notes],
        "in_outage": [note.in_outage for note in notes],
    }
    cursor.execute(_KEEP_RATES, columns)
    if any(note.limited for note in notes):
        limited = [note.limited for note in notes]
        cursor.execute(_COUNT_LIMITED, {"teams": teams, "limited": limited})
