"""Old deliveries go, their numbers stay."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from broadcasts import retention, sweeping
from broadcasts.models import Copy, Delivery, Order, Run
from broadcasts.orders import order
from broadcasts.retention import remove_old
from broadcasts.tests.factories import make_delivery, make_run
from teams.models import Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

State = Delivery.State
SECONDS = 10.0


@pytest.fixture
def long_ago(now: datetime) -> datetime:
    return now - timedelta(days=settings.KEEP_DELIVERIES_DAYS, minutes=1)


def run_of(finished_at: datetime, *states: str, team: Team | None = None) -> Run:
    """A finished run of one team with a delivery in each state, counted."""
    team = team or make_team()
    run = make_run(state=Run.State.FINISHED, expanded_at=finished_at, finished_at=finished_at)
    for number, state in enumerate(states):
        ts = f"1.{number}" if state == State.SENT else ""
        make_delivery(run, make_person(team), state=state, ts=ts, settled_at=finished_at)
    sweeping.sweep(finished_at)
    return run


def test_only_what_was_over_long_ago_is_removed(now: datetime, long_ago: datetime) -> None:
    team, other = make_team(), make_team()
    old = run_of(long_ago, State.SENT, State.FAILED, team=team)
    newer = run_of(now, State.SENT, team=team)
    others = run_of(now - timedelta(days=1), State.SENT, State.FAILED, team=other)

    assert remove_old(now, SECONDS) == 2

    assert not old.deliveries.exists()
    assert newer.deliveries.count() == 1
    assert others.deliveries.count() == 2


def test_the_numbers_of_a_run_outlive_its_deliveries(now: datetime, long_ago: datetime) -> None:
    run = run_of(long_ago, State.SENT, State.SENT, State.FAILED, State.SKIPPED)

    remove_old(now, SECONDS)

    run.refresh_from_db()
    assert run.progress(now).counts == {"sent": 2, "failed": 1, "skipped": 1}
    assert run.removed_at == now


def test_the_unknown_stay_until_somebody_decides(now: datetime, long_ago: datetime) -> None:
    run = run_of(long_ago, State.SENT, State.UNKNOWN)

    remove_old(now, SECONDS)

    assert [row.state for row in run.deliveries.all()] == [State.UNKNOWN]


def test_a_paused_run_is_never_too_old(now: datetime, long_ago: datetime) -> None:
    run = make_run(state=Run.State.PAUSED, expanded_at=long_ago)
    make_delivery(run, make_person(make_team()), state=State.SENT, ts="1.1", settled_at=long_ago)

    assert remove_old(now, SECONDS) == 0


def test_posts_without_a_run_go_by_their_own_age(now: datetime, long_ago: datetime) -> None:
    for settled_at in (long_ago, now):
        Delivery.objects.create(
            key=f"say:{settled_at}",
            team=make_team(),
            target="T1:U1",
            slack_id="U1",
            state=State.SENT,
            ts="1.1",
            due_at=settled_at,
            settled_at=settled_at,
        )

    assert remove_old(now, SECONDS) == 1
    assert Delivery.objects.get().settled_at == now


def test_known_duplicates_go_with_their_delivery(now: datetime, long_ago: datetime) -> None:
    run = run_of(long_ago, State.SENT)
    Copy.objects.create(delivery=run.deliveries.get(), channel="D1", ts="2.2")

    remove_old(now, SECONDS)

    assert not Copy.objects.exists()


def test_while_a_lane_has_work_it_is_one_small_batch_a_call(
    now: datetime, long_ago: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    run = run_of(long_ago, *[State.SENT] * 5)
    waiting = make_delivery(make_run(), make_person(make_team()))

    assert remove_old(now, SECONDS) == 2
    Delivery.objects.filter(pk=waiting.pk).update(state=State.SKIPPED)
    assert remove_old(now, SECONDS) == 3

    run.refresh_from_db()
    assert run.progress(now).counts == {"sent": 5}


def test_what_is_being_removed_is_not_sent_again(now: datetime, long_ago: datetime) -> None:
    run = run_of(long_ago, State.FAILED, State.FAILED)
    Run.objects.filter(pk=run.pk).update(removal_began_at=now)

    assert order(Run.objects.filter(pk=run.pk), Order.Kind.RETRY_FAILED) == 0


def test_the_unknown_that_stayed_can_be_left_at_once(now: datetime, long_ago: datetime) -> None:
    run, other = run_of(long_ago, State.SENT, State.UNKNOWN), run_of(now, State.UNKNOWN)
    remove_old(now, SECONDS)

    assert order(Run.objects.filter(pk=run.pk), Order.Kind.CLOSE_UNKNOWN) == 1

    assert [row.state for row in run.deliveries.all()] == [State.CLOSED]
    assert [row.state for row in other.deliveries.all()] == [State.UNKNOWN]


def test_the_page_of_a_finished_run_shows_what_was_settled_since(now: datetime) -> None:
    run = run_of(now, State.SENT, State.UNKNOWN)
    run.refresh_from_db()
    assert run.counts == {"sent": 1, "unknown": 1}

    run.deliveries.filter(state=State.UNKNOWN).update(state=State.FAILED)

    assert run.progress(now).counts == {"sent": 1, "failed": 1}


def test_a_finished_run_is_shown_without_reading_what_was_sent(now: datetime) -> None:
    run = run_of(now, State.SENT, State.FAILED)
    run.refresh_from_db()
    run.counts = {"sent": 1_000_000, "failed": 1}

    assert run.progress(now).total == 1_000_001


def test_the_numbers_are_counted_before_the_first_batch_only(
    now: datetime, long_ago: datetime
) -> None:
    run = run_of(long_ago, State.SENT)
    run.begin_removal(now)
    run.refresh_from_db()

    with CaptureQueriesContext(connection) as queries:
        assert run.begin_removal(now)

    assert not [query for query in queries if "broadcasts_delivery" in query["sql"]]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_removed_later(now: datetime, long_ago: datetime) -> None:
    run = run_of(long_ago, State.SENT, State.SENT)
    held = run.deliveries.first()
    assert held is not None

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Delivery.objects.select_for_update().get(pk=held.pk)
        at_first = pool.submit(_remove_and_close, now).result(timeout=10)

    assert (at_first, remove_old(now, SECONDS)) == (1, 1)
    run.refresh_from_db()
    assert run.removed_at == now


def _remove_and_close(now: datetime) -> int:
    try:
        return remove_old(now, SECONDS)
    finally:
        connection.close()
