"""A sync whose worker dies between two pages."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from sandbox.testing import RunningSandbox
from teams import sync
from teams.models import Team
from teams.tasks import resume_sync, resume_syncs
from teams.tests.syncing import connect, users
from teams.workspaces import Workspaces


@pytest.mark.django_db
def test_a_half_done_sync_goes_on_where_it_stood(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    team, other = connect(slack, "acme", 250), connect(slack, "globex")
    team.begin_sync(timezone.now())
    assert sync._read_page(team, Workspaces(team)) is None
    half = team.recipients.people().count()
    Team.objects.filter(pk=team.pk).update(sync_resumes_at=timezone.now() - timedelta(seconds=31))
    asked = slack.control("GET", "summary")["requests"]["users.list"]

    resume_syncs()

    assert half < team.recipients.people().count() == len(users(slack, team))
    assert slack.control("GET", "summary")["requests"]["users.list"] == asked + 1
    assert not other.recipients.exists()


@pytest.mark.django_db
def test_a_sync_that_has_ended_meanwhile_is_not_begun_anew(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    long_ago = timezone.now() - timedelta(seconds=31)
    Team.objects.filter(pk=team.pk).update(sync_started_at=long_ago, sync_resumes_at=long_ago)

    resume_sync(team.pk)
    asked = slack.control("GET", "summary")["requests"]["users.list"]
    resume_sync(team.pk)

    assert slack.control("GET", "summary")["requests"]["users.list"] == asked
