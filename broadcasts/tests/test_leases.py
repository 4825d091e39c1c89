"""Which lanes a sender serves: all that can be served, and no others."""

import uuid

import pytest
from pytest_django import Settings

from broadcasts.models import Run
from broadcasts.sending.leases import Leases, SenderId
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from broadcasts.tests.ledgers import open_ledger
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

MOST_LANES = 2


def make_work(teams: int) -> Run:
    run = make_run(make_broadcast())
    for _ in range(teams):
        make_delivery(run, make_person(make_team()))
    return run


def lanes_of(*, busy: list[int] | None = None) -> set[int]:
    """What a new sender takes; `busy` it has in hand already."""
    leases = Leases(SenderId(uuid.uuid4(), "here", 1), MOST_LANES, 0.0)
    with open_ledger() as ledger:
        rows, _ = leases.beat(ledger.connection, busy or [])
    return {row.team for row in rows}


def test_a_sender_takes_no_more_than_it_is_meant_for(settings: Settings) -> None:
    settings.SENDER_SLOTS = 2
    make_work(4)

    assert len(lanes_of()) == MOST_LANES


def test_where_there_are_too_few_senders_no_lane_waits_for_another_to_end(
    settings: Settings,
) -> None:
    settings.SENDER_SLOTS = 1
    make_work(5)

    assert len(lanes_of()) == 5


def test_a_paused_team_is_let_go_even_with_rows_in_hand() -> None:
    make_work(2)
    paused, other = Team.objects.order_by("pk")
    Team.objects.filter(pk=paused.pk).update(state=Team.State.PAUSED)

    assert lanes_of(busy=[paused.pk, other.pk]) == {other.pk}
