"""How the connections in Socket Mode show in the admin."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bots.supervisor.rows import Link
from teams.models import SlackApp
from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db

LIST = "/admin/bots/link/"


def make_link(**fields: object) -> Link:
    app = make_app(name="Night Watch", transport=SlackApp.Transport.SOCKET, app_token="xapp-1-A1-s")
    return Link.objects.create(slack_app=app, number=1, **fields)


def _page(staff: Client, link: Link) -> str:
    return staff.get(f"{LIST}{link.pk}/change/").content.decode()


def test_a_connection_that_nobody_serves_says_so(staff: Client) -> None:
    link = make_link(state=Link.State.OPEN, leased_until=timezone.now() - timedelta(minutes=1))

    assert "Unserved: no run_bots has taken it" in _page(staff, link)
    assert "Unserved" in staff.get(LIST).content.decode()


def test_its_restarts_show_with_their_reasons(staff: Client) -> None:
    restarts = [["2026-01-02T03:04:05+00:00", "The line was silent."]]
    link = make_link(state=Link.State.WAITING, restarts=restarts)

    assert "02 Jan 03:04:05 UTC: The line was silent." in _page(staff, link)


def test_the_token_of_its_app_shows_nowhere(staff: Client) -> None:
    link = make_link()

    assert "xapp-" not in _page(staff, link) + staff.get(LIST).content.decode()
