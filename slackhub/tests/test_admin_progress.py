"""What the admin shows of work in progress."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from broadcasts.tests.factories import make_delivery, make_run
from slackhub.tests.rows import make_staff
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def test_progress_of_a_run_counts_its_own_deliveries(staff: Client) -> None:
    run, other = make_run(), make_run()
    team = make_team(name="Acme")
    make_delivery(run, make_person(team), state="sent", ts="1.1")
    make_delivery(run, make_person(team))
    make_delivery(other, make_person(make_team()), state="failed")

    facts = staff.get(f"/admin/broadcasts/run/{run.pk}/progress/").json()

    counts = {row["state"]: row["count"] for row in facts["counts"]}
    assert (facts["total"], facts["percent"]) == (2, 50)
    assert (counts["sent"], counts["ready"], counts["failed"]) == (1, 1, 0)
    assert [team["name"] for team in facts["teams"]] == ["Acme"]
    assert "1 of 2 dealt with" in facts["sentence"]


def test_what_went_with_its_team_is_told_and_counted(staff: Client) -> None:
    run = make_run(departed={"sent": 2, "failed": 1}, expanded_at=datetime.now(UTC))
    make_delivery(run, make_person(make_team()), state="sent", ts="1.1")

    facts = staff.get(f"/admin/broadcasts/run/{run.pk}/progress/").json()
    page = staff.get("/admin/broadcasts/run/").content.decode()

    counts = {row["state"]: row["count"] for row in facts["counts"]}
    assert (facts["total"], counts["sent"], counts["failed"]) == (4, 3, 1)
    assert "3 of them in workspaces that were removed since" in facts["sentence"]
    assert "4 of 4" in page


def test_links_of_a_run_lead_to_its_own_deliveries(staff: Client) -> None:
    run, other = make_run(), make_run()
    failed = make_delivery(run, make_person(make_team()), state="failed")
    make_delivery(run, make_person(make_team()))
    make_delivery(other, make_person(make_team()), state="failed")
    page = staff.get(f"/admin/broadcasts/run/{run.pk}/change/").content.decode()
    link = re.search(r'href="([^"]+state__exact=failed)"', page)
    assert link is not None

    shown = staff.get(link[1].replace("&amp;", "&")).context["cl"].result_list

    assert list(shown) == [failed]


def test_runs_of_a_broadcast_are_its_own(staff: Client) -> None:
    run = make_run()
    make_run()
    page = staff.get(f"/admin/broadcasts/broadcast/{run.broadcast_id}/change/").content.decode()
    link = re.search(r'href="([^"]+)">Its runs', page)
    assert link is not None

    assert list(staff.get(link[1]).context["cl"].result_list) == [run]


def test_progress_is_for_those_who_may_look(client: Client) -> None:
    run = make_run()
    client.force_login(make_staff())

    assert client.get(f"/admin/broadcasts/run/{run.pk}/progress/").status_code == 403


def test_unknown_ones_wait_on_the_first_page(staff: Client) -> None:
    make_delivery(make_run(), make_person(make_team()), state="unknown")
    make_run(scheduled_for=datetime.now(UTC) - timedelta(days=1))

    page = staff.get("/admin/").content.decode()

    assert "needs you: resend or leave" in page
    assert "<strong>2</strong> runs in progress" in page
