"""Bots in the admin: what is wrong with a file, and for whom a bot may be."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from bots.models import Bot, Reply
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


def test_a_bot_with_neither_modules_nor_replies_is_saved_with_a_note(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))
    fields = {"name": "tea", "slack_app": make_app().pk, "position": 0, "enabled": "on"}

    page = client.post(reverse("admin:bots_bot_add"), fields, follow=True).content.decode()

    assert "It has neither modules nor replies that are on: it answers nothing." in page
    assert "Answers nothing" in page


def test_the_page_of_a_bot_shows_its_replies_and_tries_them(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))
    bot, other = (Bot.objects.create(slack_app=make_app(), name=name) for name in ("tea", "pea"))
    Reply.objects.create(bot=bot, trigger="menu", text="Soup", enabled=True)
    Reply.objects.create(bot=other, trigger="menu", text="Peas", order=1, enabled=True)

    address = reverse("admin:bots_bot_change", args=(bot.pk,))
    page = client.get(address, {"said": "Tea: menu!"}).content.decode()

    assert "It answers (here to an invented person):" in page
    assert "Soup" in page
    assert "Peas" not in page


def test_a_shown_name_without_its_scope_is_told(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))
    app = make_app(scopes="chat:write")
    fields = {"name": "tea", "slack_app": app.pk, "position": 0, "username": "Tea", "modules": "t"}

    page = client.post(reverse("admin:bots_bot_add"), fields, follow=True).content.decode()

    assert "Its name and icon need the scope chat:write.customize: add it to" in page


def test_teams_that_have_not_granted_a_scope_are_told(client: Client) -> None:
    client.force_login(make_staff(is_superuser=True))
    both = "chat:write,chat:write.customize"
    app, other = make_app(scopes=both), make_app()
    make_team(app, name="Old", scopes="chat:write")
    make_team(app, name="New", scopes=both)
    make_team(other, name="Foreign", scopes="chat:write")
    bot = Bot.objects.create(slack_app=app, name="tea", username="Tea")

    page = client.get(reverse("admin:bots_bot_change", args=(bot.pk,))).content.decode()

    assert "which 1 of its teams have not granted, such as Old" in page
