"""The public pages, as a visitor gets them."""

import pytest
from django.test import Client
from pytest_django import Settings

from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db

PAGES = ("/", "/installed/lunch/", "/install-failed/lunch/", "/privacy/", "/support/", "/nowhere/")


@pytest.mark.parametrize("address", PAGES)
def test_pages_stand_under_a_strict_policy(client: Client, address: str) -> None:
    make_app(slug="lunch")

    response = client.get(address)

    page = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert response.status_code == (404 if address == "/nowhere/" else 200)
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "<script" not in page
    assert "style=" not in page
    assert "<h1>" in page


def test_landing_explains_each_scope(client: Client) -> None:
    make_app(name="Lunchbell", scopes="chat:write,team:read,odd:scope")

    page = client.get("/").content.decode()

    assert "Lunchbell" in page
    assert page.count("<dt>") == 3
    assert "Post messages as the bot" in page
    assert "<code>odd:scope</code>" in page


def test_landing_without_an_app_tells_the_operator_what_to_do(client: Client) -> None:
    make_app(enabled=False)

    page = client.get("/").content.decode()

    assert "manage.py slack_app add" in page
    assert "Add to Slack" not in page


def test_landing_offers_the_other_apps_below_the_first(client: Client) -> None:
    first, second = make_app(name="First"), make_app(name="Second")

    page = client.get("/").content.decode()

    assert page.index(f"/slack/{first.slug}/install") < page.index(f"/slack/{second.slug}/install")


def test_after_install_leads_back_into_slack(client: Client) -> None:
    make_app(slug="lunch", app_id="A111")

    page = client.get("/installed/lunch/?team=T222").content.decode()

    assert "/app_redirect?app=A111&amp;team=T222" in page


def test_after_install_ignores_a_team_that_is_none(client: Client) -> None:
    make_app(slug="lunch", app_id="A111")

    page = client.get('/installed/lunch/?team="><b>x').content.decode()

    assert "<b>x" not in page
    assert '/app_redirect?app=A111"' in page


def test_failed_install_says_why_and_how_to_go_on(client: Client) -> None:
    make_app(slug="lunch")

    page = client.get("/install-failed/lunch/?reason=access_denied").content.decode()

    assert "You cancelled the installation" in page
    assert 'href="/slack/lunch/install"' in page


def test_failed_install_shows_no_foreign_text(client: Client) -> None:
    make_app(slug="lunch")

    page = client.get("/install-failed/lunch/?reason=<b>Call 0900</b>").content.decode()

    assert "0900" not in page


def test_pages_of_an_unknown_app_are_not_found(client: Client) -> None:
    response = client.get("/installed/nobody/")

    assert response.status_code == 404
    assert b"There is no such page" in response.content


def test_support_shows_the_address_when_there_is_one(client: Client, settings: Settings) -> None:
    settings.SUPPORT_EMAIL = "help@hub.example"

    page = client.get("/support/").content.decode()

    assert 'href="mailto:help@hub.example"' in page


def test_pages_only_answer_reading(client: Client) -> None:
    assert client.post("/privacy/").status_code == 405


def test_a_form_without_its_token_gets_a_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})

    assert response.status_code == 403
    assert b"This form is out of date" in response.content
