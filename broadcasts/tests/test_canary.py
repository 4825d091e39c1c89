"""Until Slack took a run's content once, one post of it at a time leaves the hub."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from broadcasts.clock import database_now
from broadcasts.models import Broadcast, Delivery, Run
from broadcasts.sending.canaries import CANARY_SECONDS, Canaries
from broadcasts.sending.ledger import Ledger
from broadcasts.sending.rows import Settlement
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.ledgers import in_hand, open_ledger
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Recipient
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_ledger() as ledger:
        yield ledger


def make_rows(run: Run, how_many: int = 2) -> list[Delivery]:
    return [make_delivery(run, make_person(make_team())) for _ in range(how_many)]


def claim(ledger: Ledger, row: Delivery) -> bool:
    """As a sender would that takes the row for its run's canary."""
    return row.pk in ledger.exchange([], [in_hand(row)], [row.pk])


def count_sent(run: Run) -> int:
    return Delivery.objects.filter(run=run, state=State.SENT).count()


def wait_for_end(run: Run) -> None:
    left = Delivery.objects.filter(run=run, state__in=Delivery.UNDECIDED)
    wait_until(lambda: not left.exists(), 15)


def test_only_the_canary_is_marked(ledger: Ledger) -> None:
    run = make_run()
    first, second = make_rows(run)

    marked = ledger.exchange([], [in_hand(first), in_hand(second)], [first.pk])

    assert set(marked) == {first.pk}


def test_another_sender_finds_it_under_way_and_another_run_has_its_own(ledger: Ledger) -> None:
    first, second = make_rows(make_run())
    (elsewhere,) = make_rows(make_run(), 1)

    with open_ledger() as other:
        assert claim(other, first)
        assert not claim(ledger, second)
        assert claim(ledger, elsewhere)


def test_its_ok_lets_the_others_go(ledger: Ledger) -> None:
    run = make_run()
    first, second = make_rows(run)
    claim(ledger, first)
    ok = Settlement(first.pk, 1, State.SENT, channel="D1", ts="1.0", canary_of=run.pk)

    marked = ledger.exchange([ok], [in_hand(second)])

    assert second.pk in marked


def test_its_failure_lets_one_other_try(ledger: Ledger) -> None:
    run = make_run()
    first, second, third = make_rows(run, 3)
    claim(ledger, first)
    ledger.exchange([Settlement(first.pk, 1, State.FAILED, error="gone", canary_of=run.pk)], [])

    assert claim(ledger, second)
    assert not claim(ledger, third)


def test_a_canary_that_may_not_go_is_none(ledger: Ledger) -> None:
    first, second = make_rows(make_run())
    Recipient.objects.filter(deliveries=first).update(opted_out_at=database_now())

    assert not claim(ledger, first)
    assert claim(ledger, second)


def test_after_ten_seconds_without_an_answer_another_goes(ledger: Ledger) -> None:
    first, second = make_rows(make_run())
    claim(ledger, first)
    Run.objects.update(canary_at=database_now() - timedelta(seconds=CANARY_SECONDS + 1))

    assert claim(ledger, second)


def test_a_sender_waits_for_its_own_canary() -> None:
    canaries = Canaries()

    canaries.sent_out(1, now=100.0)
    assert not canaries.may_go(1, now=100.1)
    assert canaries.may_go(2, now=100.1)
    assert canaries.may_go(None, now=100.1)

    canaries.answered(1, ok=True)
    assert canaries.may_go(1, now=100.2)
    assert not canaries.is_one(1)


def test_a_content_that_slack_refuses_is_refused_once(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    run = expanded_run(*(connect_team(slack, 3, app=app) for _ in range(3)))
    fault = {"kind": "error", "error": "invalid_blocks", "methods": ["chat.postMessage"]}
    slack.control("PUT", "faults", fault)

    with running_sender(), running_sender():
        wait_until(lambda: Run.objects.get().state == Run.State.PAUSED)

    tried = Delivery.objects.filter(run=run, attempt__gt=0)
    assert [(row.state, row.attempt) for row in tried] == [(State.READY, 1)]


def test_one_who_cannot_be_reached_does_not_keep_the_others_waiting(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    run = expanded_run(connect_team(slack, 3, app=app), connect_team(slack, 3, app=app))
    fault = {"kind": "error", "error": "user_not_found", "count": 2}
    slack.control("PUT", "faults", fault | {"methods": ["chat.postMessage"]})

    with running_sender(), running_sender():
        wait_for_end(run)

    assert count_sent(run) == 4


def test_three_recipients_whose_content_is_refused_pause_the_broadcast(
    slack: RunningSandbox,
) -> None:
    run = expanded_run(connect_team(slack, 9))
    other = expanded_run(connect_team(slack, 2))
    run.broadcast.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")
    run.broadcast.start(database_now())
    Run.objects.filter(pk=run.pk).update(first_ok_at=database_now())
    fault = {"kind": "error", "error": "invalid_blocks", "methods": ["chat.postMessage"]}
    slack.control("PUT", "faults", fault | {"team_id": run.broadcast.teams.get().team_id})

    with running_sender():
        wait_until(lambda: Run.objects.get(pk=run.pk).state == Run.State.PAUSED)
        wait_for_end(other)

    run.refresh_from_db()
    assert run.rejected == 3
    assert Delivery.objects.filter(run=run, state=State.FAILED).count() == 3
    assert Broadcast.objects.get(pk=run.broadcast_id).state == Broadcast.State.PAUSED
    assert count_sent(other) == 2


def test_one_refused_recipient_after_an_ok_is_their_own_failure(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 4), accepted=True)
    fault = {"kind": "error", "error": "invalid_blocks", "count": 1}
    slack.control("PUT", "faults", fault | {"methods": ["chat.postMessage"]})

    with running_sender():
        wait_for_end(run)

    assert count_sent(run) == 3
    assert Run.objects.get().state == Run.State.ACTIVE
