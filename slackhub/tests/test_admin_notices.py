"""What needs a person, on the first page and in its list; estimates on their pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from broadcasts.models import Notice
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from slackhub.tests.rows import make_staff
from teams.models import Lane, Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_notice(sentence: str) -> Notice:
    return Notice.objects.create(
        kind=Notice.Kind.TEAM_PAUSED, team=make_team(), sentence=sentence, created_at=NOW
    )


def test_open_notices_stand_on_the_first_page_with_their_way_on(staff: Client) -> None:
    notice, done = make_notice("Acme is paused."), make_notice("Globex is paused.")
    Notice.objects.filter(pk=done.pk).resolve(NOW)

    page = staff.get("/admin/").content.decode()

    assert "Acme is paused." in page
    assert f'href="/admin/teams/team/{notice.team_id}/change/"' in page
    assert "Globex" not in page


def test_more_than_ten_are_counted(staff: Client) -> None:
    for number in range(12):
        make_notice(f"Team {number} is paused.")

    page = staff.get("/admin/").content.decode()

    assert page.count("is paused.") == 10
    assert "And 2 more" in page


def test_they_are_for_those_who_may_look(client: Client) -> None:
    make_notice("Acme is paused.")
    client.force_login(make_staff())

    assert "Acme is paused." not in client.get("/admin/").content.decode()


def test_a_person_takes_one_off_the_list_and_no_other(staff: Client) -> None:
    notice, other = make_notice("Acme is paused."), make_notice("Globex is paused.")

    staff.post(f"/admin/broadcasts/notice/{notice.pk}/act/resolve/")

    assert list(Notice.objects.open()) == [other]


def test_the_link_of_the_first_page_shows_the_open_ones(staff: Client) -> None:
    notice, done = make_notice("Acme is paused."), make_notice("Globex is paused.")
    Notice.objects.filter(pk=done.pk).resolve(NOW)

    shown = staff.get("/admin/broadcasts/notice/?resolved_at__isempty=1").context["cl"]

    assert list(shown.result_list) == [notice]


def test_a_broadcast_shows_how_long_each_team_takes(staff: Client) -> None:
    team, other = make_team(name="Northwind Traders"), make_team(name="Globex")
    Lane.objects.filter(team=team).update(rate=30.0)
    people = [make_person(each) for each in (team, team, other)]
    broadcast = make_broadcast(teams=(team,))

    page = staff.get(f"/admin/broadcasts/broadcast/{broadcast.pk}/change/").content.decode()

    assert len(people) == 3
    assert "<strong>2 recipients</strong>" in page
    assert "about 4 s for Northwind Traders at 30 a minute, paced by Slack" in page
    assert "for Globex" not in page


def test_a_run_says_when_each_lane_is_done_and_in_which_zone(staff: Client) -> None:
    run = make_run()
    moving, stopped = make_team(name="Moving"), make_team(name="Stopped")
    done = make_team(name="Over")
    make_delivery(run, make_person(moving))
    make_delivery(run, make_person(stopped))
    make_delivery(run, make_person(done), state="sent", ts="1.1")
    Team.objects.filter(pk=stopped.pk).pause("By staff.", NOW)
    Lane.objects.filter(team=moving).update(
        paused_until=datetime.now(UTC) + timedelta(days=2), rate=60.0
    )

    facts = staff.get(f"/admin/broadcasts/run/{run.pk}/progress/").json()

    by_name = {team["name"]: team["done"] for team in facts["teams"]}
    on_that_day = datetime.now(UTC) + timedelta(days=2, seconds=1)
    assert by_name.pop("Moving")[:10] == f"{on_that_day:%Y-%m-%d}"
    assert by_name == {"Stopped (paused)": "", "Over": ""}
    assert facts["sentence"].endswith("UTC.")
