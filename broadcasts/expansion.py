"""Turns a run's audience into deliveries: chunks whose rows and cursor are one commit.

First a few of every team, so that all lanes start at once; then team by team. Any process may
take over at any chunk.
"""

from django.db import connection, transaction
from django.utils import timezone

from broadcasts import audience
from broadcasts.models import Run

HEAD = 20
TEAMS_PER_HEAD_CHUNK = 200
CHUNK = 10_000

# A person whom two installs of one workspace (or organisation) know becomes one row, and so does
# a channel that two workspaces share: the target decides, the first insert wins.
_INSERT = """
    WITH page AS MATERIALIZED ({page}),
    inserted AS (
        INSERT INTO broadcasts_delivery (
            run_id, team_id, recipient_id, target, part, slack_id, state, due_at, attempt,
            channel, ts, error, error_text, created_at)
        SELECT %s, p.team_id, p.id,
               CASE WHEN p.kind = 'channel' THEN p.slack_id
                    ELSE coalesce(nullif(t.enterprise_id, ''), t.team_id) || ':' || p.slack_id END,
               0, p.slack_id, 'ready', %s, 0, '', '', '', '', now()
        FROM page p JOIN teams_team t ON t.id = p.team_id
        ON CONFLICT (run_id, target, part) DO NOTHING
    )
    SELECT count(*), max(id) FROM page
"""


def expand_chunk(run_pk: int) -> bool:
    """Insert the run's next chunk; whether there may be more.

    False too when another process has the run in hand, or it is no longer to be expanded.
    """
    with transaction.atomic():
        run = (
            Run.objects.begun()
            .filter(pk=run_pk, expanded_at=None)
            .select_for_update(skip_locked=True)
            .first()
        )
        if run is None:
            return False
        if "order" not in run.audience:
            run.audience["order"] = audience.teams_in_order(run.audience)
        if run.cursor.get("heads_done"):
            _next_rows(run)
        else:
            _next_heads(run)
        run.save(update_fields=("audience", "cursor", "expanded_at"))
        return run.expanded_at is None


def _next_heads(run: Run) -> None:
    order = run.audience["order"]
    position = run.cursor.get("position", 0)
    later = audience.shadowed(order)
    for team in order[position : position + TEAMS_PER_HEAD_CHUNK]:
        if team not in later:
            _insert_page(run, team, after=0, limit=HEAD)
    position += TEAMS_PER_HEAD_CHUNK
    done = position >= len(order)
    run.cursor = {"heads_done": 1} if done else {"position": position}


def _next_rows(run: Run) -> None:
    order = run.audience["order"]
    position, after = run.cursor.get("position", 0), run.cursor.get("after", 0)
    room = CHUNK
    while room > 0 and position < len(order):
        read, last = _insert_page(run, order[position], after=after, limit=room)
        if read < room:
            position, after = position + 1, 0
        else:
            after = last
        room -= read
    run.cursor = {"heads_done": 1, "position": position, "after": after}
    if position >= len(order):
        run.expanded_at = timezone.now()


def _insert_page(run: Run, team: int, *, after: int, limit: int) -> tuple[int, int]:
    """How many recipients of the team were read after that primary key, and the last one's."""
    people = audience.recipients(run.audience, run.as_of).filter(team_id=team, pk__gt=after)
    page = people.order_by("pk").values("id", "team_id", "slack_id", "kind")[:limit]
    sql, parameters = page.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(page=sql), (*parameters, run.pk, run.as_of))
        read, last = cursor.fetchone() or (0, None)
    return read, last or 0
