from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from teams.crypto import UndecryptableSecret, is_current
from teams.models import SlackApp, Team
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def keys(settings: Settings) -> Settings:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    return settings


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {column} <> '' ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_every_secret_is_under_the_first_key_afterwards(keys: Settings) -> None:
    teams = [make_team() for _ in range(3)]
    keys.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    said = rotate()

    keys.FIELD_ENCRYPTION_KEYS = [NEW]
    assert [team.bot_token for team in Team.objects.order_by("pk")] == [
        team.bot_token for team in teams
    ]
    assert SlackApp.objects.get(pk=teams[0].slack_app_id).client_secret.startswith("client-secret")
    assert "teams.Team.bot_token: 3 rotated, 0 were current" in said


def test_a_second_run_changes_nothing(keys: Settings) -> None:
    make_team()
    keys.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    rotate()
    before = stored("teams_team", "bot_token")

    said = rotate()

    assert stored("teams_team", "bot_token") == before
    assert "teams.Team.bot_token: 0 rotated, 1 were current" in said


def test_a_wiped_token_stays_empty(keys: Settings) -> None:
    team = make_team(bot_token="")
    keys.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    rotate()

    team.refresh_from_db()
    assert team.bot_token == ""


def test_a_secret_that_no_key_fits_is_named_and_the_rest_is_done(keys: Settings) -> None:
    lost = make_team()
    keys.FIELD_ENCRYPTION_KEYS = [NEW]
    make_team()

    with pytest.raises(CommandError, match=rf"teams.Team.bot_token of row {lost.pk}\b"):
        rotate()

    assert is_current(stored("teams_team", "bot_token")[1])


def test_a_secret_that_no_key_fits_is_a_clear_error(keys: Settings) -> None:
    make_team()
    keys.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(UndecryptableSecret, match="FIELD_ENCRYPTION_KEYS"):
        Team.objects.get()


def test_nothing_is_stored_in_plain(keys: Settings) -> None:
    team = make_team()

    assert team.bot_token not in stored("teams_team", "bot_token")[0]
    assert team.slack_app.client_secret not in stored("teams_slackapp", "client_secret")[0]
