"""/healthz and /readyz. Behaviour 63: a team's dead token is no trouble of the hub."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from broadcasts.models import Engine
from teams.models import Team
from teams.tests.factories import make_team


@pytest.mark.django_db
def test_b063_dead_token_of_a_team_leaves_the_hub_ready(client: Client) -> None:
    make_team()
    dead = make_team()
    Team.objects.filter(pk=dead.pk).disconnect("token_revoked", datetime.now(UTC))

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_alive_without_a_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_ready_says_a_word_for_each_part(client: Client) -> None:
    assert client.get("/readyz").json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "redis": "ok",
        "tick": "none yet",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "word", "status"), [(5, "ok", 200), (61, "late", 503)])
def test_a_late_tick_turns_it_red(client: Client, age: int, word: str, status: int) -> None:
    Engine.get()
    Engine.objects.update(ticked_at=datetime.now(UTC) - timedelta(seconds=age))

    response = client.get("/readyz")

    assert response.json()["tick"] == word
    assert response.status_code == status


@pytest.mark.django_db
def test_a_pending_migration_turns_it_red(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("bots", "0001_initial")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] == "pending"


@pytest.mark.django_db(transaction=True)
def test_a_silent_database_turns_it_red(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "away"


@pytest.mark.django_db
def test_a_silent_redis_turns_it_red(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["redis"] == "away"
