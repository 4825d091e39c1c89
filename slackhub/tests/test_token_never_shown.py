"""Behaviour 72: a token or secret is in no page and in no log line."""

import logging

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from sandbox.testing import RunningSandbox
from slackhub.tests.rows import make_rows, make_staff, make_viewer
from slackhub.tests.test_admin_pages import every_model
from teams.models import SlackApp, Team
from teams.slack import call

pytestmark = pytest.mark.django_db

SECRETS = ("xoxb-t0ken", "cl1ent-s3cret", "s1gning-s3cret", "xapp-t0ken", "v3rify", "gAAAA")


def _rows() -> dict[type[Model], Model]:
    rows = make_rows()
    app, team = rows[SlackApp], rows[Team]
    assert isinstance(app, SlackApp)
    assert isinstance(team, Team)
    app.client_secret, app.signing_secret, app.app_token = SECRETS[1:4]
    app.save()
    team.bot_token = SECRETS[0]
    team.save()
    return rows


@every_model
@pytest.mark.parametrize("role", [make_viewer, lambda: make_staff(is_superuser=True)])
def test_b072_no_admin_page_shows_a_secret(
    client: Client, model: type[Model], role: object, caplog: pytest.LogCaptureFixture
) -> None:
    row = _rows()[model]
    assert callable(role)
    client.force_login(role())
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    with caplog.at_level(logging.DEBUG, logger="django.request"):
        pages = [
            client.get(reverse(f"{name}_changelist")).content,
            client.get(reverse(f"{name}_change", args=(row.pk,))).content,
        ]

    shown = b"".join(pages).decode() + caplog.text
    assert not [secret for secret in SECRETS if secret in shown]


def test_b072_no_log_line_shows_a_token(
    slack: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        call("auth.test", token=SECRETS[0])
        call("chat.postMessage", token=SECRETS[0], channel="C1", text="Hello")

    assert slack.url
    assert SECRETS[0] not in caplog.text


@pytest.mark.parametrize("address", ["/", "/readyz", "/privacy/", "/nowhere/"])
def test_b072_no_public_page_shows_a_secret(client: Client, address: str) -> None:
    _rows()

    shown = client.get(address).content.decode()

    assert not [secret for secret in SECRETS if secret in shown]
