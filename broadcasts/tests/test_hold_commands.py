"""manage.py hold and release, for the hub, an app or a team."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from broadcasts.models import Engine
from teams.models import SlackApp, Team
from teams.tests.factories import make_app, make_team

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    return str(raised.value)


def test_the_hub_is_held_and_released() -> None:
    run("hold", "--reason", "moving house")
    assert Engine.get().hold_reason == "Held by staff: moving house"

    said = run("release")

    assert Engine.get().hold_reason == ""
    assert "It was held: Held by staff: moving house" in said


def test_a_second_hold_keeps_the_first_reason() -> None:
    run("hold", "--reason", "restore")

    assert "held already. Held by staff: restore" in refusal("hold")


def test_what_is_not_held_cannot_be_released() -> None:
    make_app(slug="lunch", name="Lunch")
    make_team(team_id="T1")

    assert refusal("release") == "The hub is not held."
    assert refusal("release", "--app", "lunch") == "Lunch is not held."
    assert refusal("release", "--team", "T1") == "Nothing was changed."


def test_one_app_is_held_and_no_other() -> None:
    app, other = make_app(slug="lunch"), make_app()

    run("hold", "--app", "lunch")

    assert list(SlackApp.objects.filter(held=True)) == [app]
    assert "held already" in refusal("hold", "--app", "lunch")
    run("release", "--app", "lunch")
    assert not SlackApp.objects.filter(held=True).exists()
    assert not other.held


def test_one_team_is_paused_and_no_other() -> None:
    team, other = make_team(team_id="T1"), make_team()

    run("hold", "--team", "T1", "--reason", "they asked")

    team.refresh_from_db()
    other.refresh_from_db()
    assert (team.state, team.state_reason) == (Team.State.PAUSED, "By staff: they asked")
    assert other.state == Team.State.CONNECTED
    run("release", "--team", "T1")
    team.refresh_from_db()
    assert team.state == Team.State.CONNECTED


def test_a_workspace_with_two_apps_is_paused_for_both() -> None:
    make_team(team_id="T1")
    make_team(team_id="T1")

    said = run("hold", "--team", "T1")

    assert said.count("Paused") == 2
    assert Team.objects.filter(state=Team.State.PAUSED).count() == 2


def test_a_disconnected_team_is_left_as_it_is() -> None:
    make_team(team_id="T1", state="disconnected")

    assert refusal("hold", "--team", "T1") == "Nothing was changed."
    assert refusal("release", "--team", "T1") == "Nothing was changed."


@pytest.mark.parametrize("command", ["hold", "release"])
def test_a_name_that_nothing_has_is_said(command: str) -> None:
    make_app(slug="lunch")

    assert refusal(command, "--app", "dinner").endswith("There are: lunch.")
    assert refusal(command, "--team", "T404").startswith("No team has the ID T404")


def test_app_and_team_exclude_each_other() -> None:
    assert "not allowed with" in refusal("hold", "--app", "lunch", "--team", "T1")


def test_an_app_keeps_no_reason() -> None:
    make_app(slug="lunch")

    assert "no reason" in refusal("hold", "--app", "lunch", "--reason", "why")


def test_a_team_whose_token_no_key_fits_is_held() -> None:
    team, other = make_team(), make_team()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_team SET bot_token = 'gAAAA', refresh_token = 'gAAAA'")

    run("hold", "--team", team.team_id)

    states = dict(Team.objects.values_list("pk", "state"))
    assert states == {team.pk: Team.State.PAUSED, other.pk: Team.State.CONNECTED}
