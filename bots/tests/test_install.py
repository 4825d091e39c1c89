"""From the button on the page to the first word, with nothing restarted."""

from django.conf import settings

from bots.tests.hub import Hub
from teams.models import Team
from teams.tests.visiting import Visitor, make_workspace


def test_b022_the_bot_answers_after_the_install_without_a_restart(hub: Hub) -> None:
    address = f"{settings.PUBLIC_URL}/slack/{hub.slack_app.slug}/oauth_redirect"
    hub.slack.control("PUT", f"apps/{hub.slack_app.app_id}", {"redirect_urls": [address]})
    workspace = make_workspace(hub.slack, "acme")

    Visitor(hub.slack, hub.slack_app).install(workspace)
    team = Team.objects.get(team_id=workspace)
    hub.say(team, "hi")

    assert hub.reply(team)["text"].startswith("Hi <@")
