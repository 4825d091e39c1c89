"""What dead processes left, and what follows a flipped row."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from broadcasts import sweeping
from broadcasts.clock import database_now
from broadcasts.models import Delivery, Run
from broadcasts.tests.factories import make_delivery, make_run
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

State = Delivery.State


def make_row(run: Run | None = None, **fields: object) -> Delivery:
    return make_delivery(run or make_run(), make_person(make_team()), **fields)


def marked(seconds_ago: int) -> Delivery:
    since = database_now() - timedelta(seconds=seconds_ago)
    return make_row(state=State.POSTING, attempt=1, marked_at=since)


def test_an_old_mark_becomes_unknown_and_a_fresh_one_stays() -> None:
    old, fresh = marked(121), marked(100)

    assert sweeping.sweep_abandoned() == 1

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, fresh.state) == (State.UNKNOWN, State.POSTING)
    assert old.error_text.endswith(".")


def test_rows_follow_their_cancelled_run_in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    run, other = make_run(), make_run()
    rows = [make_row(run) for _ in range(5)]
    sent = make_row(run, state=State.SENT, ts="1.1")
    waiting = make_row(other)
    Run.objects.filter(pk=run.pk).cancel(database_now())

    assert sweeping.sweep_cancelled() == len(rows)

    cancelled = Delivery.objects.filter(state=State.CANCELLED)
    assert set(cancelled) == set(rows)
    assert set(Delivery.objects.exclude(state=State.CANCELLED)) == {sent, waiting}


def test_a_run_is_finished_when_expanded_and_nothing_is_left() -> None:
    now = database_now()
    done, busy, growing = make_run(expanded_at=now), make_run(expanded_at=now), make_run()
    make_row(done, state=State.FAILED)
    make_row(busy, state=State.POSTING)

    sweeping.sweep(now)

    assert {run.pk: run.state for run in Run.objects.all()} == {
        done.pk: Run.State.FINISHED,
        busy.pk: Run.State.ACTIVE,
        growing.pk: Run.State.ACTIVE,
    }


def many_rows(run: Run, state: str, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO broadcasts_delivery (run_id, team_id, target, part, slack_id, state, ts,"
            " due_at, attempt, channel, error, error_text, created_at)"
            " SELECT %s, 1, 'T:' || n, 0, 'U', %s, '1.1', now(), 1, '', '', '', now()"
            " FROM generate_series(1, %s) AS n",
            [run.pk, state, count],
        )


def test_a_sweep_does_not_read_what_is_settled() -> None:
    many_rows(make_run(state=Run.State.CANCELLED), State.CANCELLED, 20_000)
    many_rows(make_run(expanded_at=database_now()), State.SENT, 20_000)
    many_rows(make_run(state=Run.State.PAUSED), State.READY, 20_000)
    make_row(make_run(state=Run.State.CANCELLED))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE broadcasts_delivery")
    # The first after the end of a run counts it, once.
    sweeping.sweep(database_now())

    with CaptureQueriesContext(connection) as queries:
        sweeping.sweep(database_now())

    statements = [one["sql"] for one in queries if "broadcasts_delivery" in one["sql"]]
    assert statements
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(row for (row,) in cursor.fetchall())
        assert "once_per_run" not in plan, plan
        assert "Seq Scan on broadcasts_delivery" not in plan, plan
