"""Whoever installs the app is greeted once."""

import pytest

from bots.welcome import welcome
from broadcasts.models import Delivery
from sandbox.testing import RunningSandbox
from teams import hooks
from teams.models import Team
from teams.tests.factories import make_team
from teams.tests.visiting import make_visitor, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def test_b023_the_installer_gets_one_welcome(slack: RunningSandbox) -> None:
    visitor, workspace = make_visitor(slack), make_workspace(slack, "acme")

    visitor.install(workspace)
    visitor.install(workspace)

    team = Team.objects.get(team_id=workspace)
    greeting = Delivery.objects.get(key__startswith="welcome:")
    assert (greeting.team, greeting.slack_id) == (team, team.installer_id)


def test_b023_another_installer_is_greeted_too() -> None:
    team = make_team(installer_id="U1")
    welcome(team, True)
    team.installer_id = "U2"

    welcome(team, False)

    assert set(Delivery.objects.values_list("slack_id", flat=True)) == {"U1", "U2"}


def test_b023_an_install_that_names_nobody_greets_nobody() -> None:
    welcome(make_team(installer_id=""), True)

    assert not Delivery.objects.exists()


def test_b024_a_welcome_that_fails_does_not_fail_the_install(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(team: Team, is_new: bool) -> None:
        raise RuntimeError("no welcome")

    visitor, workspace = make_visitor(slack), make_workspace(slack, "acme")
    monkeypatch.setattr(hooks, "installed", [fail, *hooks.installed])

    visitor.install(workspace)

    assert Team.objects.get(team_id=workspace).state == Team.State.CONNECTED
    assert Delivery.objects.filter(key__startswith="welcome:").count() == 1
