"""A token that expires in the middle of a run loses nothing and doubles nothing."""

from collections import Counter

from broadcasts.models import Delivery
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
