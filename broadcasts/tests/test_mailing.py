"""Notices by mail: once, to those who asked, and again after a refusal."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from pytest_django import Settings

from broadcasts.mailing import mail_notices
from broadcasts.models import Notice
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _asked(settings: Settings) -> None:
    settings.NOTICE_EMAILS = ["ops@example.com"]
    settings.PUBLIC_URL = "https://hub.example.com"


def make_notice(sentence: str) -> Notice:
    return Notice.objects.create(
        kind=Notice.Kind.TEAM_PAUSED, team=make_team(), sentence=sentence, created_at=NOW
    )


def test_one_mail_names_all_that_is_new() -> None:
    first, _ = make_notice("Acme is paused."), make_notice("Globex is paused.")

    assert mail_notices(NOW) == 2

    [sent] = mail.outbox
    assert sent.to == ["ops@example.com"]
    assert sent.subject == "SlackHub needs you: Acme is paused. (and 1 more)"
    assert f"https://hub.example.com/admin/teams/team/{first.team_id}/change/" in sent.body
    assert "Globex is paused." in sent.body


def test_each_is_mailed_once() -> None:
    make_notice("Acme is paused.")
    mail_notices(NOW)

    assert mail_notices(NOW) == 0
    assert len(mail.outbox) == 1


def test_what_was_dealt_with_is_not_mailed() -> None:
    make_notice("Acme is paused.")
    Notice.objects.all().resolve(NOW)

    assert mail_notices(NOW) == 0


def test_nobody_is_told_who_did_not_ask(settings: Settings) -> None:
    settings.NOTICE_EMAILS = []
    make_notice("Acme is paused.")

    assert mail_notices(NOW) == 0
    assert not Notice.objects.exclude(mailed_at=None).exists()


def test_a_mail_server_that_is_away_is_asked_again(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make_notice("Acme is paused.")

    with pytest.raises(OSError, match="refused"):
        mail_notices(NOW)

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail_notices(NOW) == 1
