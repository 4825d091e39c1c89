"""A token that expires in the middle of a run loses nothing and doubles nothing."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from celery import current_app

from broadcasts import guard
from broadcasts.models import Delivery, Engine
from broadcasts.tasks import renew_tokens
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team


def test_an_expiry_in_mid_run_loses_and_doubles_nothing(
    slack: RunningSandbox, worker: None
) -> None:
    app = connect_app(slack)
    slack.control("PUT", f"apps/{app.app_id}", {"token_rotation": True})
    team = connect_team(slack, 40, app=app, per_minute=1200)
    grant = slack.control("POST", "install", {"app_id": app.app_id, "team_id": team.team_id})
    Team.objects.filter(pk=team.pk).update(
        bot_token=grant["access_token"], refresh_token=grant["refresh_token"]
    )
    other = connect_team(slack, 3)
    run = expanded_run(team, other)
    sent = run.deliveries.filter(state=Delivery.State.SENT)

    with running_sender():
        wait_until(lambda: sent.filter(team=team).count() >= 5)
        slack.control("PUT", "clock", {"advance": 43_200})
        wait_until(lambda: sent.count() == 43, 40)

    posts = Counter(post["delivery"] for post in slack.posts())
    expected = [str(pk) for pk in run.deliveries.values_list("pk", flat=True)]
    assert posts == Counter(expected)
    team.refresh_from_db()
    assert team.state == Team.State.CONNECTED
    assert team.bot_token != grant["access_token"]
    assert slack.control("GET", "summary")["requests"]["oauth.v2.access"] == 1


@pytest.mark.django_db
def test_the_regular_look_renews_what_is_due_unless_the_hub_is_held(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    team, other = rotating_team(slack), rotating_team(slack)
    Team.objects.filter(pk=team.pk).update(token_expires_at=datetime.now(UTC))
    Engine.get().hold("Held by staff: a copy", datetime.now(UTC))

    renew_tokens()
    held = Team.objects.get(pk=team.pk).token_version
    guard.release(datetime.now(UTC))
    renew_tokens()

    assert held == team.token_version
    assert Team.objects.get(pk=team.pk).token_version == team.token_version + 1
    assert Team.objects.get(pk=other.pk).token_version == other.token_version
    assert slack.control("GET", "summary")["requests"]["oauth.v2.access"] == 1


def rotating_team(slack: RunningSandbox) -> Team:
    app = connect_app(slack)
    slack.control("PUT", f"apps/{app.app_id}", {"token_rotation": True})
    team = connect_team(slack, 1, app=app)
    grant = slack.control("POST", "install", {"app_id": app.app_id, "team_id": team.team_id})
    team.bot_token, team.refresh_token = grant["access_token"], grant["refresh_token"]
    team.save()
    return team
