"""People whom only the hub knows: for figures that post nothing."""

from django.db import connection

from teams.models import Team
from teams.tests.factories import make_app, make_team

# In the order in which eight syncs at once would write them: a page of one team, then of another.
PAGE = 200

_PEOPLE = """
    INSERT INTO teams_recipient (
        team_id, slack_id, kind, name, display_name, real_name, first_name, last_name, title,
        email, time_zone, locale, is_bot, is_guest, is_deactivated, is_stranger, is_private,
        is_member, dm_channel, attributes, seen_at, created_at)
    SELECT (%(teams)s::bigint[])[1 + n / %(page)s %% cardinality(%(teams)s::bigint[])],
           'U' || lpad(n::text, 10, '0'), 'person', 'person' || n, 'Person ' || n,
           'Person Number ' || n, 'Person', 'Number ' || n, '', 'person' || n || '@example.com',
           'Europe/Berlin', 'en-US', false, false, false, false, false, false, '', '{}',
           now(), now()
    FROM generate_series(0, %(people)s - 1) AS n
"""


def fill(teams: int, people: int) -> list[Team]:
    """New teams that share so many reachable people evenly."""
    app = make_app()
    made = [make_team(app) for _ in range(teams)]
    with connection.cursor() as cursor:
        cursor.execute(
            _PEOPLE, {"teams": [team.pk for team in made], "people": people, "page": PAGE}
        )
        cursor.execute("VACUUM (ANALYZE) teams_recipient")
    return made
