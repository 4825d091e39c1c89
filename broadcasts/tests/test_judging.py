"""Too large a share of failures pauses the broadcast, and no other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from broadcasts.judging import MOST, judge, verdict
from broadcasts.models import Broadcast, Delivery, Run
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.tests.factories import make_person, make_team


@pytest.mark.parametrize(
    ("sent", "failed", "is_over", "next_look"),
    [
        (0, 19, False, 20),
        (0, 20, True, 20),
        (80, 20, False, 21),
        (80, 21, True, 21),
        (4000, 1000, False, 1001),
        (4000, 1001, True, 1001),
    ],
)
def test_share_and_minimum(sent: int, failed: int, is_over: bool, next_look: int) -> None:
    found = verdict(sent, failed, percent=20, minimum=20)

    assert (found.is_over, found.next_look) == (is_over, next_look)


def test_a_hundred_percent_is_never_too_much() -> None:
    assert verdict(0, 5000, percent=100, minimum=1).is_over is False
    assert verdict(0, 5000, percent=100, minimum=1).next_look == MOST


def started(**rules: int) -> Run:
    broadcast = make_broadcast(teams=(make_team(),), **rules)
    broadcast.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")
    broadcast.start(datetime.now(UTC))
    return make_run(broadcast)


def settle(run: Run, *, sent: int = 0, failed: int = 0) -> None:
    team = run.broadcast.teams.get()
    for state, number in (("sent", sent), ("failed", failed)):
        for _ in range(number):
            make_delivery(
                run, make_person(team), state=state, ts="1.1", settled_at=datetime.now(UTC)
            )


@pytest.mark.django_db
def test_too_many_failures_pause_the_broadcast_with_a_sentence() -> None:
    run, other = started(failure_minimum=3), started(failure_minimum=3)
    settle(run, sent=1, failed=3)
    settle(other, sent=20, failed=3)

    judge(datetime.now(UTC))

    run.refresh_from_db()
    broadcast = Broadcast.objects.get(pk=run.broadcast_id)
    assert (run.state, broadcast.state) == (Run.State.PAUSED, Broadcast.State.PAUSED)
    assert broadcast.state_reason.startswith("3 of 4 deliveries failed, more than 20 %")
    other.refresh_from_db()
    assert other.state == Run.State.ACTIVE
    assert other.broadcast.state == Broadcast.State.SCHEDULED


@pytest.mark.django_db
def test_too_few_failures_pause_nothing() -> None:
    run = started()
    settle(run, failed=19)

    judge(datetime.now(UTC))

    run.refresh_from_db()
    assert run.state == Run.State.ACTIVE


@pytest.mark.django_db
def test_a_run_is_judged_by_the_rules_it_started_with() -> None:
    run = started(failure_minimum=3)
    Broadcast.objects.update(failure_minimum=1_000)
    settle(run, failed=3)

    judge(datetime.now(UTC))

    run.refresh_from_db()
    assert run.state == Run.State.PAUSED


@pytest.mark.django_db
def test_after_a_resume_only_later_failures_count() -> None:
    run = started(failure_minimum=3)
    settle(run, failed=5)
    judge(datetime.now(UTC))
    Broadcast.objects.get(pk=run.broadcast_id).resume(datetime.now(UTC))

    settle(run, sent=10, failed=2)
    judge(datetime.now(UTC))
    run.refresh_from_db()
    assert run.state == Run.State.ACTIVE

    settle(run, failed=3)
    judge(datetime.now(UTC))
    run.refresh_from_db()
    assert run.state == Run.State.PAUSED


@pytest.mark.django_db
def test_the_sent_are_not_counted_again_before_it_matters(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    settle(started(failure_minimum=2), sent=20, failed=2)
    judge(datetime.now(UTC))

    with django_assert_num_queries(1):
        judge(datetime.now(UTC))


@pytest.mark.django_db
def test_a_run_whose_broadcast_fires_no_more_pauses_alone() -> None:
    run = make_run(make_broadcast(teams=(make_team(),), state="finished", failure_minimum=1))
    settle(run, failed=1)

    judge(datetime.now(UTC) + timedelta(seconds=1))

    run.refresh_from_db()
    assert run.state == Run.State.PAUSED
    assert run.broadcast.state == Broadcast.State.FINISHED
    assert Delivery.objects.failed().count() == 1
