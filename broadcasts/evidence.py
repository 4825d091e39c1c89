"""Proof that Slack has a post: from an event about it, or from the history of a conversation.

Arrow h: whatever the row's state, and however late. README.md draws it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from teams.grant import clean

_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_ID = re.compile(r"[0-9]{1,18}")
_LONGEST_ID = 32


@dataclass(frozen=True, slots=True)
class Proof:
    """One post at Slack, by this Slack app (our row) in this workspace.

    Of this hub, or of whichever `hub` its metadata names; empty for those from before it did.
    """

    delivery: int
    slack_app: int
    team_id: str
    enterprise_id: str
    channel: str
    ts: str
    hub: str = ""


def delivery_in(metadata: object) -> int | None:
    """The delivery that a message's metadata names; None for what is not ours."""
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    delivery = payload.get("delivery_id") if isinstance(payload, Mapping) else None
    if not isinstance(delivery, str) or not _ID.fullmatch(delivery):
        return None
    return int(delivery)


def hub_in(metadata: object) -> str:
    """The hub that a message's metadata names; empty where it names none."""
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    return clean(payload.get("hub"), _LONGEST_ID) if isinstance(payload, Mapping) else ""


def is_place(channel: object, ts: object) -> bool:
    """Whether these name a message as Slack names one."""
    return (
        isinstance(channel, str)
        and 0 < len(channel) <= _LONGEST_ID
        and channel.isalnum()
        and isinstance(ts, str)
        and _TS.fullmatch(ts) is not None
    )


# Ids begin anew in a copy or a restored backup: a post from before the row was made is not its.
_PROOFS = """
    unnest(%(deliveries)s::bigint[], %(apps)s::bigint[], %(teams)s::text[],
           %(enterprises)s::text[], %(channels)s::text[], %(tss)s::text[], %(hubs)s::text[])
    WITH ORDINALITY AS p(id, slack_app, team_id, enterprise_id, channel, ts, hub, number)
"""
_OURS = """
    JOIN teams_team t ON t.id = d.team_id AND t.slack_app_id = p.slack_app
        AND CASE WHEN t.is_org_install THEN t.enterprise_id = p.enterprise_id
            ELSE t.team_id = p.team_id END
"""
# Nearly every proof is of a row that its sender has settled already: that costs one look.
_DOUBTFUL = f"""
    SELECT p.number
    FROM {_PROOFS}
    JOIN broadcasts_delivery d ON d.id = p.id
    {_OURS}
    WHERE (d.state || '' <> 'sent' OR d.ts <> p.ts)
      AND p.hub = ANY(ARRAY['', (SELECT e.hub_id FROM broadcasts_engine e)])
      AND d.created_at < to_timestamp(p.ts::float) + interval '60 seconds'
"""
_SETTLE = """
    WITH proof AS MATERIALIZED (SELECT * FROM {proofs}),
    locked AS MATERIALIZED (
        SELECT d.id, d.state, d.ts FROM broadcasts_delivery d
        WHERE d.id = ANY(%(deliveries)s::bigint[])
        FOR NO KEY UPDATE {lock}
    ),
    earliest AS MATERIALIZED (
        SELECT DISTINCT ON (p.id) p.* FROM proof p JOIN locked l ON l.id = p.id
        ORDER BY p.id, p.ts
    ),
    settled AS (
        UPDATE broadcasts_delivery d
        SET state = 'sent', channel = e.channel, ts = e.ts, error = '', error_text = '',
            settled_at = clock_timestamp()
        FROM earliest e
        WHERE d.id = e.id AND d.state || '' <> 'sent'
        RETURNING d.id, d.ts
    ),
    copies AS (
        INSERT INTO broadcasts_copy (delivery_id, channel, ts, found_at)
        SELECT p.id, p.channel, p.ts, clock_timestamp()
        FROM proof p JOIN locked l ON l.id = p.id LEFT JOIN settled s ON s.id = p.id
        WHERE coalesce(s.ts, l.ts) <> p.ts
        ON CONFLICT DO NOTHING
    )
    SELECT id FROM locked
"""
_SETTLE_FREE = _SETTLE.format(proofs=_PROOFS, lock="SKIP LOCKED")
_SETTLE_ONE = _SETTLE.format(proofs=_PROOFS, lock="")


def settle(connection: psycopg.Connection[Any], proofs: Sequence[Proof]) -> None:
    """Arrow h for each of them; a second post of one delivery is kept as a copy.

    Rows that a sender or a sweep holds are waited for one by one: whoever waited with others in
    hand could wait for ever.

    Raises:
        psycopg.OperationalError: the connection is gone, or a row stays locked; tell it again.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        doubtful = {number - 1 for (number,) in cursor.execute(_DOUBTFUL, _columns(proofs))}
        wanted = [proofs[number] for number in sorted(doubtful)]
        if not wanted:
            return
        free = {pk for (pk,) in cursor.execute(_SETTLE_FREE, _columns(wanted))}
        for proof in wanted:
            if proof.delivery not in free:
                cursor.execute(_SETTLE_ONE, _columns([proof]))


def _columns(proofs: Sequence[Proof]) -> dict[str, list[Any]]:
    return {
        "deliveries": [proof.delivery for proof in proofs],
        "apps": [proof.slack_app for proof in proofs],
        "teams": [proof.team_id for proof in proofs],
        "enterprises": [proof.enterprise_id for proof in proofs],
        "channels": [proof.channel for proof in proofs],
        "tss": [proof.ts for proof in proofs],
        "hubs": [proof.hub for proof in proofs],
    }
