"""Settlements: by attempt, except that a proof of a post settles any state."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from broadcasts.clock import database_now
from broadcasts.models import Copy, Delivery
from broadcasts.sending.ledger import Ledger
from broadcasts.sending.rows import Settlement
from broadcasts.sweeping import sweep_abandoned
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.ledgers import in_hand, open_ledger
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_ledger() as ledger:
        yield ledger


@pytest.fixture
def posting(ledger: Ledger) -> Delivery:
    """A row under its first attempt, beside another team's."""
    run = make_run(first_ok_at=database_now())
    row, other = (make_delivery(run, make_person(make_team())) for _ in range(2))
    ledger.exchange([], [in_hand(row), in_hand(other)])
    return row


def settle(ledger: Ledger, row: Delivery, **fields: object) -> Delivery:
    ledger.exchange([Settlement(**{"id": row.pk, "attempt": 1} | fields)], [])  # type: ignore[arg-type]
    row.refresh_from_db()
    return row


def sent(ts: str = "1.1") -> dict[str, object]:
    return {"state": State.SENT, "channel": "D1", "ts": ts}


def test_an_ok_is_stored_and_no_other_row_touched(ledger: Ledger, posting: Delivery) -> None:
    settle(ledger, posting, **sent())

    assert (posting.state, posting.channel, posting.ts) == (State.SENT, "D1", "1.1")
    assert Delivery.objects.filter(state=State.POSTING).count() == 1


@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN, State.READY])
def test_news_of_an_older_attempt_changes_nothing(
    ledger: Ledger, posting: Delivery, state: str
) -> None:
    Delivery.objects.filter(pk=posting.pk).update(attempt=2)

    settle(ledger, posting, state=state)

    assert posting.state == State.POSTING


@pytest.mark.parametrize("state", [State.READY, State.UNKNOWN, State.FAILED, State.CANCELLED])
def test_a_proof_settles_any_state(ledger: Ledger, posting: Delivery, state: str) -> None:
    Delivery.objects.filter(pk=posting.pk).update(state=state, attempt=2)

    settle(ledger, posting, **sent())

    assert (posting.state, posting.ts) == (State.SENT, "1.1")


def test_only_the_sender_of_a_mark_takes_it_back(ledger: Ledger, posting: Delivery) -> None:
    """Another may have marked the row meanwhile, under the very number a lost commit would have."""
    with open_ledger() as other:
        settle(other, posting, state=State.READY)

    assert posting.state == State.POSTING
    assert settle(ledger, posting, state=State.READY).state == State.READY


def sweep(row: Delivery) -> None:
    """As two minutes later, when nothing was heard of the sender."""
    late = database_now() - timedelta(seconds=121)
    Delivery.objects.filter(pk=row.pk).update(marked_at=late)
    assert sweep_abandoned() == 1


def test_a_late_word_that_nothing_was_posted_fails_the_swept_row(
    ledger: Ledger, posting: Delivery
) -> None:
    sweep(posting)

    settle(ledger, posting, state=State.READY, error="ratelimited")

    assert (posting.state, posting.error) == (State.FAILED, "not_posted")
    assert Delivery.objects.filter(state=State.POSTING).count() == 1


def test_a_late_refusal_keeps_slacks_reason(ledger: Ledger, posting: Delivery) -> None:
    sweep(posting)

    settle(ledger, posting, state=State.FAILED, error="user_not_found", error_text="Nobody.")

    assert (posting.state, posting.error) == (State.FAILED, "user_not_found")


def test_a_late_proof_settles_the_swept_row(ledger: Ledger, posting: Delivery) -> None:
    sweep(posting)

    assert settle(ledger, posting, **sent()).state == State.SENT


def test_a_late_word_of_another_attempt_or_sender_changes_nothing(
    ledger: Ledger, posting: Delivery
) -> None:
    sweep(posting)
    with open_ledger() as other:
        settle(other, posting, state=State.READY)
    Delivery.objects.filter(pk=posting.pk).update(attempt=2)

    assert settle(ledger, posting, state=State.READY).state == State.UNKNOWN


def test_an_unknown_that_slack_left_open_stays_so(ledger: Ledger, posting: Delivery) -> None:
    settle(ledger, posting, state=State.UNKNOWN, error="no_answer")

    assert settle(ledger, posting, state=State.READY).state == State.UNKNOWN


def test_what_a_person_made_ready_again_is_left_to_its_new_attempt(
    ledger: Ledger, posting: Delivery
) -> None:
    sweep(posting)
    Delivery.objects.filter(pk=posting.pk).send_again(database_now())

    assert settle(ledger, posting, state=State.READY).state == State.READY
    assert posting.error == ""


def test_a_failure_never_undoes_a_proof(ledger: Ledger, posting: Delivery) -> None:
    settle(ledger, posting, **sent())

    settle(ledger, posting, state=State.FAILED, error="channel_not_found")

    assert posting.state == State.SENT


def test_a_second_post_of_one_delivery_is_kept_as_a_copy(ledger: Ledger, posting: Delivery) -> None:
    settle(ledger, posting, **sent("1.1"))

    settle(ledger, posting, **sent("2.2"))

    assert posting.ts == "1.1"
    assert list(Copy.objects.values_list("delivery", "ts")) == [(posting.pk, "2.2")]


def test_the_same_answer_again_does_no_harm(ledger: Ledger, posting: Delivery) -> None:
    settle(ledger, posting, **sent())

    settle(ledger, posting, **sent())

    assert not Copy.objects.exists()


def test_text_that_postgresql_refuses_is_cleaned(ledger: Ledger, posting: Delivery) -> None:
    settle(ledger, posting, state=State.FAILED, error="odd\0code", error_text="x" * 900)

    assert posting.error == "oddcode"
    assert len(posting.error_text) == 500


def test_an_answer_that_cannot_be_stored_does_not_take_the_others_along(
    ledger: Ledger, posting: Delivery
) -> None:
    other = Delivery.objects.get(state=State.POSTING, pk__gt=posting.pk)
    no_ts = Settlement(posting.pk, 1, State.SENT, channel="D1")
    fine = Settlement(other.pk, 1, State.SENT, channel="D2", ts="1.1")

    ledger.exchange([no_ts, fine], [])

    other.refresh_from_db()
    assert other.state == State.SENT


def test_a_recipient_that_must_wait_is_due_later(ledger: Ledger, posting: Delivery) -> None:
    before = posting.due_at

    settle(ledger, posting, state=State.READY, due_in=60.0)

    assert posting.state == State.READY
    assert (posting.due_at - before).total_seconds() > 50
