"""Tokens and secrets stay where they belong: out of pages, logs and messages."""

import logging

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sandbox.testing import RunningSandbox
from teams.models import Team
from teams.tests.visiting import Visitor, make_visitor, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(slack: RunningSandbox) -> Visitor:
    return make_visitor(slack)


def test_b072_an_install_and_its_failures_log_no_secret(
    slack: RunningSandbox, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="teams")
    caplog.set_level(logging.DEBUG, logger="slack_bolt")
    workspace = make_workspace(slack, "acme")

    visitor.install(workspace)
    slack.control("PUT", "faults", {"kind": "not_json", "methods": ["oauth.v2.access"]})
    visitor.install(workspace)

    team = Team.objects.get()
    assert team.bot_token not in caplog.text
    assert visitor.app.client_secret not in caplog.text


def test_b072_the_pages_after_an_install_show_no_secret(
    slack: RunningSandbox, visitor: Visitor
) -> None:
    location = visitor.install(make_workspace(slack, "acme"))

    page = visitor.browser.get(location).content.decode()

    assert Team.objects.get().bot_token not in location + page
    assert visitor.app.client_secret not in page


def test_b072_the_admin_shows_no_secret(slack: RunningSandbox, visitor: Visitor) -> None:
    visitor.install(make_workspace(slack, "acme"))
    staff = Client()
    staff.force_login(User.objects.create_superuser("staff"))
    team = Team.objects.get()

    pages = [
        staff.get(address).content.decode()
        for address in (
            "/admin/teams/team/",
            f"/admin/teams/team/{team.pk}/change/",
            "/admin/teams/slackapp/",
            f"/admin/teams/slackapp/{team.slack_app_id}/change/",
        )
    ]

    secrets = (team.bot_token, visitor.app.client_secret, visitor.app.signing_secret)
    assert not [secret for secret in secrets for page in pages if secret in page]


def test_b072_a_team_shown_in_an_error_shows_no_secret(
    slack: RunningSandbox, visitor: Visitor
) -> None:
    visitor.install(make_workspace(slack, "acme"))

    team = Team.objects.get()

    assert team.bot_token not in f"{team!r} {team} {team.slack_app!r}"


def test_b072_an_uninstall_wipes_the_token(slack: RunningSandbox, visitor: Visitor) -> None:
    visitor.install(make_workspace(slack, "acme"))
    team = Team.objects.get()

    Team.objects.all().disconnect("It was uninstalled.", team.installed_at or team.created_at)

    assert Team.objects.get().bot_token == ""
