from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from teams.models import Team
from teams.tests.factories import make_team

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=2)
JUST_NOW = NOW - timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "is_due"),
    [
        ({"synced_at": LONG_AGO}, True),
        ({"synced_at": JUST_NOW}, False),
        ({"installed_at": LONG_AGO}, True),
        ({"installed_at": JUST_NOW}, False),
        ({"synced_at": LONG_AGO, "sync_started_at": JUST_NOW}, False),
        ({"synced_at": LONG_AGO, "state": Team.State.PAUSED}, False),
        ({"synced_at": LONG_AGO, "state": Team.State.DISCONNECTED}, False),
    ],
)
def test_a_team_is_due_once_a_day(fields: dict[str, Any], is_due: bool) -> None:
    team = make_team(**fields)
    make_team(synced_at=JUST_NOW)

    due = Team.objects.due_for_sync(NOW)

    assert list(due) == ([team] if is_due else [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds_ago", "fields", "is_stalled"),
    [
        (31, {}, True),
        (29, {}, False),
        (-60, {}, False),
        (31, {"state": Team.State.PAUSED}, False),
    ],
)
def test_a_sync_without_a_page_for_half_a_minute_is_taken_up(
    seconds_ago: int, fields: dict[str, Any], is_stalled: bool
) -> None:
    resumes_at = NOW - timedelta(seconds=seconds_ago)
    team = make_team(sync_started_at=LONG_AGO, sync_resumes_at=resumes_at, **fields)
    make_team(synced_at=LONG_AGO)

    assert list(Team.objects.sync_stalled(NOW)) == ([team] if is_stalled else [])
