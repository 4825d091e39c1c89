"""Two ticks at once: both go on to their end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from broadcasts.clock import database_now
from broadcasts.firing import fire_due
from broadcasts.models import Broadcast
from broadcasts.tests.factories import make_broadcast
from sandbox.testing import wait_until
from teams.tests.factories import make_team

_WAITS = "SELECT FROM pg_locks WHERE NOT granted"


def _tick() -> None:
    try:
        fire_due(database_now())
    finally:
        connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITS)
        return cursor.fetchone() is not None


@pytest.mark.django_db(transaction=True)
def test_a_broadcast_that_another_tick_finishes_is_no_error() -> None:
    now = database_now()
    broadcast, other = make_broadcast(), make_broadcast()
    broadcast.teams.set([make_team()])
    broadcast.schedule_once(now + timedelta(hours=1))
    broadcast.start(now)
    Broadcast.objects.filter(pk=broadcast.pk).update(last_fired=now + timedelta(hours=2))

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            broadcast.finish()
            tick = pool.submit(_tick)
            wait_until(_somebody_waits)
        tick.result(timeout=10)

    broadcast.refresh_from_db()
    other.refresh_from_db()
    assert broadcast.state == Broadcast.State.FINISHED
    assert other.state != Broadcast.State.FINISHED
