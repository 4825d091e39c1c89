"""One Bolt app per Slack app, as it is in the admin now."""

import pytest

from bots.registry import app_for
from bots.tests.hub import Hub
from bots.tests.socketing import second_hub
from teams.models import SlackApp
from teams.tests.factories import make_app, make_team

pytestmark = pytest.mark.django_db


def test_an_app_is_built_once() -> None:
    slack_app = make_app()

    assert app_for(slack_app) is app_for(SlackApp.objects.get(pk=slack_app.pk))


def test_two_apps_are_two() -> None:
    assert app_for(make_app()) is not app_for(make_app())


def test_an_edit_takes_effect_at_once() -> None:
    slack_app = make_app()
    before = app_for(slack_app)
    slack_app.scopes = "chat:write"
    slack_app.save()

    assert app_for(slack_app) is not before


def test_a_new_signing_secret_counts_at_once(http_hub: Hub) -> None:
    team = http_hub.workspace()
    http_hub.say(team, "hi")
    http_hub.reply(team)
    http_hub.slack.control(
        "PUT", f"apps/{http_hub.slack_app.app_id}", {"signing_secret": "a-new-signing-secret"}
    )
    SlackApp.objects.filter(pk=http_hub.slack_app.pk).update(signing_secret="a-new-signing-secret")

    event_id = http_hub.send(team, {"type": "pin_added"})

    assert [attempt["status"] for attempt in http_hub.acknowledged(event_id)] == [200]


def test_two_apps_in_one_workspace_answer_for_themselves(hub: Hub) -> None:
    team, second = hub.workspace(), second_hub(hub)
    where = {"app_id": second.slack_app.app_id, "team_id": team.team_id}
    grant = hub.slack.control("POST", "install", where)
    make_team(
        second.slack_app,
        team_id=team.team_id,
        bot_token=grant["access_token"],
        bot_user_id=grant["bot_user_id"],
    )

    second.say(team, "about")

    reply = hub.reply(team)
    assert reply["app_id"] == second.slack_app.app_id
    assert second.slack_app.name in reply["text"]
