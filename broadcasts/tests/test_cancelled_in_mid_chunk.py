"""A run that is cancelled while one of its chunks is being inserted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from broadcasts.clock import database_now
from broadcasts.expansion import expand_chunk
from broadcasts.models import Run
from broadcasts.sweeping import sweep
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from sandbox.testing import wait_until
from teams.tests.factories import make_person, make_team


def _expand(run: Run) -> bool:
    try:
        return expand_chunk(run.pk)
    finally:
        connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_inserted_behind_a_cancelled_run() -> None:
    team = make_team()
    person = make_person(team)
    run = make_run(make_broadcast(teams=(team,)))

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            # Whose row of the same person the chunk waits for, until it is undone.
            make_delivery(run, person)
            chunk = pool.submit(_expand, run)
            wait_until(_somebody_waits)
            pool.submit(_cancel, run).result(timeout=10)
            transaction.set_rollback(True)
        more = chunk.result(timeout=10)
    sweep(database_now())

    run.refresh_from_db()
    assert not more
    assert run.counts == {}
    assert not run.deliveries.exists()


def _cancel(run: Run) -> None:
    """With the tick that follows it: the run is over, and its deliveries are counted."""
    try:
        now = database_now()
        Run.objects.filter(pk=run.pk).cancel(now)
        sweep(now)
    finally:
        connection.close()
