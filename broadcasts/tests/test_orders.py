"""Decisions for a whole run: one row, and the deliveries behind it in small commits."""

from datetime import timedelta

import pytest

from broadcasts import orders
from broadcasts.clock import database_now
from broadcasts.models import Delivery, Order, Run
from broadcasts.orders import follow, order
from broadcasts.tests.factories import make_delivery, make_run
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

State = Delivery.State
Kind = Order.Kind


def make_row(run: Run, state: str, **fields: object) -> Delivery:
    return make_delivery(run, make_person(make_team()), state=state, **fields)


def give(run: Run, kind: Order.Kind) -> int:
    return order(Run.objects.filter(pk=run.pk), kind)


def states(run: Run) -> list[str]:
    return sorted(run.deliveries.values_list("state", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_retry_reaches_all_that_failed_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "BATCH", 2)
    run, other = make_run(state=Run.State.FINISHED), make_run(state=Run.State.FINISHED)
    for _ in range(5):
        make_row(run, State.FAILED)
    make_row(run, State.SENT, ts="1.1")
    make_row(other, State.FAILED)

    assert give(run, Kind.RETRY_FAILED) == 5

    run.refresh_from_db()
    assert (run.state, states(run)) == (Run.State.ACTIVE, ["ready"] * 5 + ["sent"])
    assert states(other) == ["failed"]
    assert not Order.objects.exists()


def test_a_run_does_not_end_before_its_order_is_carried_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(orders, "AT_ONCE_SECONDS", 0.0)
    run = make_run(state=Run.State.FINISHED, expanded_at=database_now())
    make_row(run, State.FAILED)

    give(run, Kind.RETRY_FAILED)
    Run.objects.finish(database_now())
    run.refresh_from_db()
    assert (run.state, states(run)) == (Run.State.ACTIVE, ["failed"])

    follow(1)
    assert states(run) == ["ready"]
    assert not Order.objects.exists()


def test_what_fails_again_is_not_retried_by_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "AT_ONCE_SECONDS", 0.0)
    run = make_run()
    make_row(run, State.FAILED)
    give(run, Kind.RETRY_FAILED)
    make_row(run, State.FAILED, settled_at=database_now())

    follow(1)

    assert states(run) == ["failed", "ready"]


def test_what_was_cancelled_is_not_sent_again_and_may_be_left() -> None:
    run = make_run(state=Run.State.CANCELLED)
    long_ago = database_now() - timedelta(hours=1)
    make_row(run, State.UNKNOWN, marked_at=long_ago)

    assert give(run, Kind.RESEND_UNKNOWN) == 0
    assert give(run, Kind.CLOSE_UNKNOWN) == 1
    assert states(run) == ["closed"]


def test_a_run_that_is_cancelled_meanwhile_keeps_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(orders, "AT_ONCE_SECONDS", 0.0)
    run = make_run()
    make_row(run, State.FAILED)
    give(run, Kind.RETRY_FAILED)
    Run.objects.filter(pk=run.pk).cancel(database_now())

    follow(1)

    assert states(run) == ["failed"]
    assert not Order.objects.exists()


def test_a_late_answer_is_waited_for_before_an_unknown_is_resent() -> None:
    run = make_run()
    now = database_now()
    make_row(run, State.UNKNOWN, marked_at=now - timedelta(seconds=130))
    make_row(run, State.UNKNOWN, marked_at=now - timedelta(seconds=100))

    assert give(run, Kind.RESEND_UNKNOWN) == 1
    assert states(run) == ["ready", "unknown"]
