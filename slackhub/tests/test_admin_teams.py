"""Slack apps and groups in the admin."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from teams.models import Group, SlackApp, Team
from teams.tests.factories import make_app, make_channel, make_person, make_team

pytestmark = pytest.mark.django_db


def test_an_empty_secret_keeps_the_old_one(staff: Client) -> None:
    app = make_app(client_secret="old", signing_secret="signs")
    data = {
        "name": "New name",
        "slug": app.slug,
        "app_id": app.app_id,
        "client_id": app.client_id,
        "client_secret": "",
        "signing_secret": "replaced",
        "transport": "http",
        "scopes": "chat:write",
        "history_reads": "0",
        "connections": "2",
    }

    staff.post(f"/admin/teams/slackapp/{app.pk}/change/", data)

    app = SlackApp.objects.get(pk=app.pk)
    assert (app.name, app.client_secret, app.signing_secret) == ("New name", "old", "replaced")


def test_a_team_says_when_it_will_be_removed(staff: Client) -> None:
    gone_at = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    gone = make_team(state=Team.State.DISCONNECTED, state_at=gone_at)
    connected = make_team(state_at=gone_at)

    pages = [
        staff.get(f"/admin/teams/team/{team.pk}/change/").content.decode()
        for team in (gone, connected)
    ]

    assert ["2026-03-16 11:30" in page for page in pages] == [True, False]


def test_a_channel_says_why_it_is_refused(staff: Client) -> None:
    at = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    refused = make_channel(make_team(), refused_at=at, refusal="not_in_channel")

    page = staff.get(f"/admin/teams/recipient/{refused.pk}/change/").content.decode()

    assert "2 Mar 2026, 11:30" in page
    assert "The bot is not in the channel; invite it." in page


def test_members_of_a_group_come_from_its_team(staff: Client) -> None:
    team = make_team()
    group = Group.objects.create(team=team, name="Kitchen")
    own, foreign = make_person(team), make_person(make_team())
    page = f"/admin/teams/group/{group.pk}/change/"

    refused = staff.post(page, {"name": "Kitchen", "people": [own.pk, foreign.pk]})
    assert "people" in refused.context["adminform"].form.errors
    staff.post(page, {"name": "Kitchen", "people": [own.pk]})

    assert list(group.members.all()) == [own]


def test_the_picker_of_members_offers_their_team_only(staff: Client) -> None:
    team = make_team()
    own, _foreign = make_person(team, name="ada"), make_person(make_team(), name="ada")
    query = {
        "app_label": "teams",
        "model_name": "groupmember",
        "field_name": "recipient",
        "term": "ada",
        "of_team": str(team.pk),
    }

    found = staff.get("/admin/teams/recipient/pick/", query).json()["results"]

    assert [row["id"] for row in found] == [str(own.pk)]
    assert found[0]["text"] == f"{own} ({team.name}, {own.slack_id})"
