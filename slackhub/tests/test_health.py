"""/healthz and /readyz. Behaviour 63: a team's dead token is no trouble of the hub."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from bots.models import Runner
from broadcasts.models import Engine
from teams.models import SlackApp, Team
from teams.tests.factories import make_app, make_team


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
        "sockets": "not needed",
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
@pytest.mark.parametrize(
    ("only", "age", "word", "status"),
    [
        ("", 5, "ok", 200),
        ("crier", 5, "ok", 200),
        ("another", 5, "away", 503),
        ("", 16, "away", 503),
    ],
)
def test_an_app_in_socket_mode_needs_a_living_run_bots(
    client: Client, only: str, age: int, word: str, status: int
) -> None:
    now = datetime.now(UTC)
    make_app(slug="crier", transport=SlackApp.Transport.SOCKET)
    beat_at = now - timedelta(seconds=age)
    Runner.objects.create(id=uuid4(), host="a", pid=1, only=only, started_at=now, beat_at=beat_at)

    response = client.get("/readyz")

    assert response.json()["sockets"] == word
    assert response.status_code == status


@pytest.mark.django_db
def test_a_pending_migration_turns_it_red(client: Client) -> None:
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("bots")
    MigrationRecorder(connection).record_unapplied(*newest)

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
