"""Two beats and ten workers make one run."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from broadcasts.firing import fire, fire_due
from broadcasts.models import Run
from broadcasts.tests.factories import make_broadcast
from teams.tests.factories import make_team

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
WORKERS = 10


@pytest.mark.django_db(transaction=True)
def test_b053_many_workers_make_one_run_of_each_broadcast() -> None:
    broadcasts = [make_broadcast(teams=(make_team(),)) for _ in range(3)]
    for broadcast in broadcasts:
        broadcast.schedule_crontab(minute="0", hour="9", zone="UTC")
        broadcast.start(START)
    together = Barrier(WORKERS)

    def work(number: int) -> list[int]:
        together.wait()
        now = START + timedelta(hours=1, milliseconds=number)
        try:
            return fire(broadcasts[0].pk, now) + fire_due(now)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        made = [pk for pks in pool.map(work, range(WORKERS)) for pk in pks]

    assert sorted(made) == sorted(Run.objects.values_list("pk", flat=True))
    assert sorted(Run.objects.values_list("broadcast", flat=True)) == sorted(
        broadcast.pk for broadcast in broadcasts
    )
