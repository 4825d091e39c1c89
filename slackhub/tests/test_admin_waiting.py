"""A run that cannot go on says what it waits for, and promises no end."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from broadcasts.models import Engine, Run
from broadcasts.tests.factories import make_delivery, make_run
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def _progress(staff: Client, run: Run) -> dict[str, Any]:
    facts: dict[str, Any] = staff.get(f"/admin/broadcasts/run/{run.pk}/progress/").json()
    return facts


def test_a_run_in_a_held_hub_says_so(staff: Client) -> None:
    run = make_run()
    make_delivery(run, make_person(make_team()))
    assert "done about" in _progress(staff, run)["sentence"]

    Engine.get().hold("Held by staff.", datetime.now(UTC))

    sentence = _progress(staff, run)["sentence"]
    assert "the whole hub is held" in sentence
    assert "done about" not in sentence
    assert "waiting: the whole hub is held" in staff.get("/admin/").content.decode()


def test_a_disconnected_team_is_marked_and_another_is_not(staff: Client) -> None:
    run = make_run()
    gone, there = make_team(name="Gone"), make_team(name="There")
    make_delivery(run, make_person(gone))
    make_delivery(run, make_person(there))

    Team.objects.filter(pk=gone.pk).disconnect("Removed.", datetime.now(UTC))

    names = [team["name"] for team in _progress(staff, run)["teams"]]
    assert names == ["Gone (disconnected)", "There"]


def test_a_run_that_waits_for_disconnected_teams_alone_promises_no_end(staff: Client) -> None:
    run = make_run()
    team = make_team()
    make_delivery(run, make_person(team))

    Team.objects.filter(pk=team.pk).disconnect("Removed.", datetime.now(UTC))

    assert "done about" not in _progress(staff, run)["sentence"]
