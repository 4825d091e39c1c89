"""Bots in the admin: what is wrong with a file, and for whom a bot may be."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from bots.models import Bot
from slackhub.tests.rows import make_staff
from teams.tests.factories import make_app, make_team

pytestmark = pytest.mark.django_db


def test_a_file_that_cannot_be_loaded_says_why(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.BOTS_DIR = tmp_path
    (tmp_path / "bad.py").write_text("1 / 0")
    bad = Bot.objects.create(slack_app=make_app(), name="bad", modules="bad")
    client.force_login(make_staff(is_superuser=True))

    page = client.get(reverse("admin:bots_bot_change", args=(bad.pk,))).content.decode()

    assert "bad, line 1: ZeroDivisionError" in page
    assert "There are: bad." in page
    assert "Fails" in client.get(reverse("admin:bots_bot_changelist")).content.decode()


@pytest.mark.parametrize(
    ("field", "value"), [("modules", "../tea"), ("modules", "tea.py/x"), ("icon", "tea")]
)
def test_what_makes_no_sense_is_refused(client: Client, field: str, value: str) -> None:
    client.force_login(make_staff(is_superuser=True))
    fields = {"name": "tea", "slack_app": make_app().pk, "position": 0}

    page = client.post(reverse("admin:bots_bot_add"), fields | {field: value})

    assert page.status_code == 200
    assert not Bot.objects.exists()


def test_a_bot_is_offered_no_team_of_another_app(client: Client) -> None:
    team, app = make_team(), make_app()
    client.force_login(make_staff(is_superuser=True))

    page = client.post(
        reverse("admin:bots_bot_add"),
        {"name": "tea", "slack_app": app.pk, "position": 0, "teams": [team.pk]},
    )

    assert "Choose teams in which this app is installed." in page.content.decode()
    assert not Bot.objects.exists()
