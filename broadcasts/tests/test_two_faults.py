"""What is said again after a fault of the database speaks of the latest mark only."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from broadcasts.models import Delivery
from broadcasts.posting import post
from broadcasts.tests.sending import connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


@contextmanager
def marks_refused() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'the disk is full'; END $$;"
            "CREATE TRIGGER refuse BEFORE UPDATE ON broadcasts_delivery FOR EACH ROW "
            "WHEN (NEW.state = 'posting') EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION refuse CASCADE")


def test_a_request_under_way_is_not_given_back_for_an_earlier_mark_that_failed(
    slack: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    team = connect_team(slack, 1)
    fault = {"kind": "latency", "rate": 1, "count": 1, "latency": {"min": 1.5, "max": 1.6}}
    slack.control("PUT", "faults", fault)

    with running_sender():
        with marks_refused():
            run = expanded_run(team, accepted=True)
            wait_until(lambda: caplog.text.count("A turn failed") == 1)
        row = Delivery.objects.filter(run=run)
        wait_until(lambda: row.get().state == State.POSTING)
        with marks_refused():
            other = post(team, key="other", slack_id="C1", text="Hello")
            wait_until(lambda: caplog.text.count("A turn failed") == 2)
        wait_until(lambda: Delivery.objects.get(pk=other.pk).state != State.READY)

        assert row.get().state in (State.POSTING, State.SENT)
