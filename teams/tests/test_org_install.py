from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from teams.models import SlackApp, Team
from teams.tests.factories import make_app, make_team
from teams.tests.stub import answering

pytestmark = pytest.mark.django_db

GRANT: dict[str, Any] = {
    "ok": True,
    "access_token": "xoxb-org",
    "token_type": "bot",
    "scope": "chat:write",
    "bot_user_id": "UBOT",
    "app_id": "A1",
    "team": None,
    "enterprise": {"id": "E1", "name": "Big Corp"},
    "is_enterprise_install": True,
    "authed_user": {"id": "W1"},
}


@pytest.fixture
def answers(settings: Settings) -> Iterator[dict[str, Any]]:
    table: dict[str, Any] = {"auth.test": {"ok": True, "bot_id": "BBOT", "url": "https://big.x/"}}
    with answering(table) as address:
        settings.SLACK_URL = address
        yield table


def install(app: SlackApp) -> str:
    browser = Client()
    state = browser.get(f"/slack/{app.slug}/install")["Location"].rpartition("state=")[2]
    return str(browser.get(f"/slack/{app.slug}/oauth_redirect?code=1&state={state}")["Location"])


def test_b009_an_org_wide_install_is_one_team_of_the_organisation(answers: dict[str, Any]) -> None:
    answers["oauth.v2.access"] = GRANT

    location = install(app := make_app())

    team = Team.objects.get()
    assert location == f"/installed/{app.slug}/?team=E1"
    assert (team.is_org_install, team.team_id, team.enterprise_id) == (True, "", "E1")
    assert (team.name, team.bot_id) == ("Big Corp", "BBOT")


def test_b009_a_workspace_of_the_organisation_is_another_team(answers: dict[str, Any]) -> None:
    answers["oauth.v2.access"] = GRANT
    app = make_app()
    workspace = make_team(app, team_id="T1", enterprise_id="E1")

    install(app)

    assert Team.objects.exclude(pk=workspace.pk).get().is_org_install


@pytest.mark.parametrize("lacking", ["access_token", "bot_user_id", "enterprise"])
def test_b008_an_answer_that_lacks_a_part_is_an_invalid_response(
    answers: dict[str, Any], lacking: str
) -> None:
    answers["oauth.v2.access"] = GRANT | {lacking: None}

    location = install(make_app())

    assert location.endswith("?reason=invalid_answer")
    assert "invalid OAuth response" in Client().get(location).content.decode()
    assert not Team.objects.exists()


def test_b008_a_refusal_without_a_code_is_no_success(answers: dict[str, Any]) -> None:
    answers["oauth.v2.access"] = {"ok": False}

    location = install(make_app())

    assert location.endswith("?reason=slack_unavailable")
    assert not Team.objects.exists()
