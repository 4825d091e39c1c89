from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sandbox.testing import RunningSandbox, wait_until
from teams import sync
from teams.tests.syncing import connect


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_read_one_team_at_once(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    latency = {"kind": "latency", "latency": {"min": 1, "max": 1}, "methods": ["users.list"]}
    slack.control("PUT", "faults", latency)

    def advance() -> float | None:
        try:
            return sync.advance(team.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(advance)
        wait_until(lambda: slack.control("GET", "summary")["open_requests"])
        second = sync.advance(team.pk)
        still_reading = not first.done()
        first.result()

    assert still_reading
    assert second is None
    assert slack.control("GET", "summary")["requests"]["users.list"] == 1
