"""As many senders as the work needs, and no more, however often they are asked for."""

import uuid
from datetime import timedelta

import pytest
from pytest_django import Settings

from broadcasts.clock import database_now
from broadcasts.models import Run, Sender
from broadcasts.sending.starting import request_senders
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_slots_of_two_lanes(settings: Settings) -> None:
    settings.SENDER_SLOTS, settings.LANES_PER_SENDER = 3, 2


def make_work(teams: int) -> Run:
    run = make_run(make_broadcast())
    for _ in range(teams):
        make_delivery(run, make_person(make_team()))
    return run


@pytest.mark.parametrize(("teams", "senders"), [(0, 0), (1, 1), (2, 1), (3, 2), (20, 3)])
def test_lanes_with_work_decide(teams: int, senders: int) -> None:
    make_work(teams)

    assert len(request_senders()) == senders


def test_those_asked_for_and_those_alive_count() -> None:
    make_work(20)
    Sender.objects.create(id=uuid.uuid4(), requested_at=database_now(), beat_at=database_now())

    assert len(request_senders()) == 2
    assert request_senders() == []


def test_a_lost_message_and_a_dead_sender_are_replaced() -> None:
    make_work(1)
    long_ago = database_now() - timedelta(seconds=11)
    Sender.objects.create(id=uuid.uuid4(), requested_at=long_ago)
    Sender.objects.create(id=uuid.uuid4(), requested_at=long_ago, beat_at=long_ago)

    assert len(request_senders()) == 1


def test_a_paused_run_and_a_disconnected_team_are_no_work() -> None:
    make_work(2).broadcast.runs.all().pause("Staff")
    make_work(2)
    Team.objects.filter(deliveries__run__state=Run.State.ACTIVE).update(
        state=Team.State.DISCONNECTED
    )

    assert request_senders() == []
