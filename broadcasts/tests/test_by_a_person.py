"""Arrow j: what only a person may do with a failed or unknown delivery."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from broadcasts.clock import database_now
from broadcasts.models import Delivery, Run
from broadcasts.settling import close_unknown, resend_unknown, retry_failed
from broadcasts.tests.factories import make_delivery, make_run
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

State = Delivery.State


def make_row(run: Run, state: str, **fields: object) -> Delivery:
    return make_delivery(run, make_person(make_team()), state=state, **fields)


def test_retry_makes_the_failed_due_and_opens_their_run_again() -> None:
    run, other = make_run(state=Run.State.FINISHED), make_run(state=Run.State.FINISHED)
    failed = make_row(run, State.FAILED, error="channel_not_found")
    make_row(run, State.SENT, ts="1.1")
    make_row(other, State.UNKNOWN)

    assert retry_failed(Delivery.objects.all(), database_now()) == 1

    failed.refresh_from_db()
    assert (failed.state, failed.error) == (State.READY, "")
    assert Run.objects.get(pk=run.pk).state == Run.State.ACTIVE
    assert Run.objects.get(pk=other.pk).state == Run.State.FINISHED


def test_what_was_cancelled_is_not_retried() -> None:
    make_row(make_run(state=Run.State.CANCELLED), State.FAILED)

    assert retry_failed(Delivery.objects.all(), database_now()) == 0


def test_an_unknown_is_resent_only_when_no_request_can_be_under_way() -> None:
    now = database_now()
    old = make_row(make_run(), State.UNKNOWN, marked_at=now - timedelta(seconds=130))
    make_row(make_run(), State.UNKNOWN, marked_at=now - timedelta(seconds=100))

    assert resend_unknown(Delivery.objects.all(), now) == 1

    old.refresh_from_db()
    assert old.state == State.READY


def test_an_unknown_left_so_is_closed() -> None:
    row = make_row(make_run(), State.UNKNOWN)
    failed = make_row(make_run(), State.FAILED)

    assert close_unknown(Delivery.objects.all(), database_now()) == 1

    row.refresh_from_db()
    failed.refresh_from_db()
    assert (row.state, failed.state) == (State.CLOSED, State.FAILED)


@pytest.mark.django_db(transaction=True)
def test_a_run_does_not_end_while_its_rows_are_being_made_due_again() -> None:
    run = make_run(expanded_at=database_now())
    make_row(run, State.FAILED)

    def end_runs() -> None:
        Run.objects.finish(database_now())
        connection.close()

    with transaction.atomic():
        retry_failed(Delivery.objects.all(), database_now())
        with ThreadPoolExecutor(1) as pool:
            pool.submit(end_runs).result()

    run.refresh_from_db()
    assert run.state == Run.State.ACTIVE
