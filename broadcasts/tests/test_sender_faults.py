"""What is broken stays with its own row, team or moment: the sender serves the rest."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from broadcasts.models import Delivery, Run
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def wait_for(state: str, count: int) -> None:
    wait_until(lambda: Delivery.objects.filter(state=state).count() == count, 15)


def spoil_token(team: Team) -> None:
    """As if its key had been taken off the list."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_team SET bot_token = 'gAAAA' WHERE id = %s", [team.pk])


@contextmanager
def ledger_renamed() -> Iterator[None]:
    """As in the middle of a migration: statements fail, and not for want of a connection."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE broadcasts_delivery RENAME TO away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE away RENAME TO broadcasts_delivery")


def test_a_token_that_no_key_fits_stops_its_team_alone(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    spoiled, other = connect_team(slack, 2, app=app), connect_team(slack, 2, app=app)
    spoil_token(spoiled)
    expanded_run(spoiled, other)

    with running_sender():
        wait_for(State.SENT, 2)

    assert set(Delivery.objects.filter(team=other).values_list("state", flat=True)) == {State.SENT}
    assert Delivery.objects.filter(team=spoiled, state=State.READY).count() == 2


def test_a_run_that_cannot_be_composed_fails_row_by_row(slack: RunningSandbox) -> None:
    team = connect_team(slack, 2)
    broken, sound = expanded_run(team), expanded_run(team)
    Run.objects.filter(pk=broken.pk).update(content={})

    with running_sender():
        wait_for(State.SENT, 2)
        wait_for(State.FAILED, 2)

    assert set(Delivery.objects.filter(state=State.SENT).values_list("run", flat=True)) == {
        sound.pk
    }
    assert Delivery.objects.filter(state=State.FAILED)[0].error_text.endswith(".")


def test_answers_outlive_a_fault_of_the_ledger(
    slack: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    expanded_run(connect_team(slack, 3), accepted=True)
    fault = {"kind": "latency", "rate": 1, "latency": {"min": 0.5, "max": 0.6}}
    slack.control("PUT", "faults", fault)

    with running_sender():
        wait_for(State.POSTING, 3)
        with ledger_renamed():
            wait_until(lambda: len(slack.posts()) == 3)
            wait_until(lambda: "does not exist" in caplog.text)
        wait_for(State.SENT, 3)

    assert len(slack.posts()) == 3
