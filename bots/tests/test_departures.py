"""What becomes of bots and replies whose team is removed."""

import pytest

from bots.departures import switch_off
from bots.models import Bot, Reply
from teams.tests.factories import make_app, make_team

pytestmark = pytest.mark.django_db


def test_what_was_for_a_removed_team_alone_answers_nobody_else() -> None:
    app = make_app()
    team, other = make_team(app), make_team(app)
    chosen = {"alone": [team], "of both": [team, other], "of another": [other], "of all": []}
    for name, teams in chosen.items():
        Bot.objects.create(slack_app=app, name=name).teams.set(teams)
        Reply.objects.create(trigger=name, text="Soup", enabled=True).teams.set(teams)

    switch_off(team)
    team.delete()

    assert [bot.name for bot in Bot.objects.filter(enabled=False)] == ["alone"]
    assert [reply.trigger for reply in Reply.objects.filter(enabled=False)] == ["alone"]
    assert {bot.name for bot in Bot.objects.serving(other)} == set(chosen) - {"alone"}
