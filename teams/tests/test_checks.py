import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from teams.models import SlackApp
from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str | None, str]]:
    messages = run_checks(tags=["database"], databases=["default"])
    return [(message.id, message.msg) for message in messages if str(message.id)[:6] == "teams."]


def test_an_app_with_all_its_credentials_passes() -> None:
    make_app()

    assert found() == []


def test_each_lacking_credential_is_named() -> None:
    make_app(slug="acme", client_secret="", signing_secret=" ")
    make_app(client_secret="", enabled=False)

    assert found() == [
        ("teams.W001", "The Slack app acme has no client secret."),
        ("teams.W001", "The Slack app acme has no signing secret."),
    ]


def test_socket_mode_needs_its_token() -> None:
    make_app(slug="acme", transport=SlackApp.Transport.SOCKET)

    assert found() == [("teams.W001", "The Slack app acme has no app token.")]


def test_secrets_under_a_key_that_was_taken_away_are_an_error(settings: Settings) -> None:
    make_app()
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert [code for code, _ in found()] == ["teams.E001"]


def test_an_older_table_does_not_stop_its_own_migration() -> None:
    make_app()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE teams_slackapp DROP COLUMN delivery_events")

    assert found() == []
