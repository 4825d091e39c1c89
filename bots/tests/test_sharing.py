"""Several run_bots share the connections, whatever the clocks of their machines say."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from bots.supervisor.leases import News, Office
from bots.supervisor.rows import Link, Runner
from teams.models import SlackApp
from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db

right = timezone.now


def ahead() -> datetime:
    return right() + timedelta(minutes=11)


def test_a_clock_that_is_wrong_takes_nobodys_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    make_app(transport=SlackApp.Transport.SOCKET, connections=2)
    first, second = Office("", host="right", pid=1), Office("", host="ahead", pid=2)
    first.share([])

    for office, clock in [(second, ahead), (first, right)] * 2:
        monkeypatch.setattr(timezone, "now", clock)
        office.share([])

    assert {link.runner_id for link in Link.objects.all()} == {first.id, second.id}
    assert Runner.objects.count() == 2


def test_a_long_reason_of_one_app_is_no_other_apps_trouble() -> None:
    """Slack may quote a lot in its refusal."""
    app = make_app(transport=SlackApp.Transport.SOCKET)
    office = Office("", host="here", pid=1)
    (link,) = office.share([]).mine
    now = timezone.now()
    news = News(link, "waiting", now, "Slack says: " + "é" * 300, now, None, 0, 1, ())

    office.share([news])

    assert Link.objects.get(slack_app=app).reason.startswith("Slack says: é")
