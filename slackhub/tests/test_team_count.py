"""Behaviour 80: the landing page counts the connected teams, and stands without the database."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from teams.models import Team
from teams.tests.factories import make_app, make_team

NOW = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_b080_connected_teams_are_counted(client: Client) -> None:
    app = make_app()
    make_team(app)
    make_team(app)
    gone = make_team(app)
    Team.objects.filter(pk=gone.pk).disconnect("Uninstalled.", NOW)

    page = client.get("/").content.decode()

    assert "2 workspaces connected." in page


@pytest.mark.django_db
def test_b080_no_count_before_the_first_team(client: Client) -> None:
    make_app()

    assert "connected." not in client.get("/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_b080_page_stands_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    response = client.get("/")

    assert response.status_code == 200
    assert b"connected." not in response.content
    assert b"Back in a moment" in response.content
