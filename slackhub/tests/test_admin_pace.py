"""How fast a team is served, why, and how often Slack asked to slow down, in the admin."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from teams.models import Lane, LimitedHour
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=32)


@pytest.mark.parametrize(
    ("lane", "why"),
    [
        (
            Lane(paused_until=SOON, pause_reason="Slack asks us to slow down."),
            "held by Slack until 14:32 Europe/Berlin: Slack asks us to slow down.",
        ),
        (Lane(rate=285, ceiling=285), "at its ceiling"),
        (
            Lane(rate=290, bad_rate=310, bad_until=SOON),
            "learning: below 310, which was too much for Slack",
        ),
        (
            Lane(rate=290, bad_rate=310, bad_until=NOW, paused_until=NOW),
            "learning: rises up to 525 while Slack takes it",
        ),
    ],
    ids=["held", "ceiling", "a bad rate", "both are over"],
)
def test_why_in_words(lane: Lane, why: str) -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert lane.why(NOW) == why


def test_the_list_and_the_page_show_the_pace_of_each_team(staff: Client) -> None:
    now = timezone.now()
    slow, other = make_team(name="Slow"), make_team(name="Other")
    Lane.objects.filter(team=slow).update(rate=77, bad_rate=88, bad_until=now + timedelta(hours=1))
    LimitedHour.objects.create(team=slow, hour=now - timedelta(hours=1), count=40)
    LimitedHour.objects.create(team=slow, hour=now - timedelta(hours=3), count=2)
    LimitedHour.objects.create(team=slow, hour=now - timedelta(hours=30), count=1000)

    rows = staff.get("/admin/teams/team/").context["cl"].result_list
    page = staff.get(f"/admin/teams/team/{slow.pk}/change/").content.decode()

    assert {row.pk: row.limited_count for row in rows} == {slow.pk: 42, other.pk: 0}
    assert "77 a minute, at most 525" in page
    assert "learning: below 88, which was too much for Slack" in page
    assert "42" in page


def test_a_team_that_is_not_served_has_no_pace_to_explain(staff: Client) -> None:
    make_team(state="paused")
    make_team()

    page = staff.get("/admin/teams/team/").content.decode()

    assert page.count("not served") == 1
    assert page.count("learning: rises") == 1


def test_an_outage_is_said_while_somebody_serves_the_lane() -> None:
    lane = Lane(outage_at=NOW, leased_until=SOON)

    with timezone.override(ZoneInfo("Europe/Berlin")):
        served, unserved = lane.why(NOW), lane.why(SOON)

    assert served.startswith("outage: no clear answers from Slack since 14:00 Europe/Berlin")
    assert unserved.startswith("learning")
