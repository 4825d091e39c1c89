"""Answers that no database takes at the end of a sender wait in Redis for one that does."""

import asyncio
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings as given
from django.db import connection
from django.test import override_settings
from redis import Redis

from broadcasts.clock import database_now
from broadcasts.models import Delivery
from broadcasts.sending import ending, leftovers
from broadcasts.sending.ledger import Ledger
from broadcasts.sending.rows import Settlement
from broadcasts.sending.thread import LedgerThread
from broadcasts.sweeping import sweep
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.ledgers import in_hand, open_ledger
from broadcasts.tests.sending import connect_team, expanded_run, running_sender
from conftest import another_process
from sandbox.testing import RunningSandbox, wait_until
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
# Later than any row here: what is older than its row is no answer about it.
TS = f"{time.time() + 3600:.6f}"
SEND = """
import signal, uuid
from broadcasts.sending.runtime import runtime
signal.signal(signal.SIGTERM, lambda *_: runtime().stop())
runtime().run_sender(uuid.uuid4())
"""


@pytest.fixture(autouse=True)
def redis() -> Iterator[Redis]:
    with Redis.from_url(given.REDIS_URL) as redis:
        redis.delete(leftovers.KEY)
        yield redis
        redis.delete(leftovers.KEY)


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


def sent(row: Delivery, **fields: object) -> Settlement:
    values = {"id": row.pk, "attempt": 1, "state": State.SENT, "channel": "D1", "ts": TS}
    return Settlement(**values | fields)  # type: ignore[arg-type]


def count(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def test_what_waits_is_settled_as_by_its_own_sender(
    redis: Redis, ledger: Ledger, posting: Delivery
) -> None:
    other = Delivery.objects.exclude(pk=posting.pk).get()
    refused = sent(other, state=State.FAILED, channel="", ts="", error="user_not_found")
    assert leftovers.keep(ledger.marker, [sent(posting), refused])

    assert leftovers.settle() == 2

    posting.refresh_from_db()
    assert (posting.state, posting.ts, count(State.FAILED)) == (State.SENT, TS, 1)
    assert redis.llen(leftovers.KEY) == 0


def test_twice_does_no_harm(ledger: Ledger, posting: Delivery) -> None:
    for _ in range(2):
        leftovers.keep(ledger.marker, [sent(posting)])
        leftovers.settle()

    assert (count(State.SENT), count(State.POSTING)) == (1, 1)


def test_another_senders_mark_is_left_alone(posting: Delivery) -> None:
    leftovers.keep(uuid.uuid4(), [sent(posting, state=State.READY)])

    leftovers.settle()

    assert count(State.POSTING) == 2


def test_an_answer_from_before_the_row_was_made_is_not_its(
    ledger: Ledger, posting: Delivery
) -> None:
    """Ids begin anew in a restored backup."""
    before = posting.created_at - timedelta(minutes=5)
    leftovers.keep(ledger.marker, [sent(posting, ts=f"{before.timestamp():.6f}")])

    leftovers.settle()

    assert count(State.POSTING) == 2


def test_the_newest_are_kept(
    redis: Redis, posting: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "MOST", 3)
    for number in range(5):
        leftovers.keep(uuid.uuid4(), [sent(posting, ts=f"1.{number}")])

    kept = redis.lrange(leftovers.KEY, 0, -1)
    assert ["1.2" in str(kept[0]), "1.4" in str(kept[2]), len(kept)] == [True, True, 3]
    assert 0 < redis.ttl(leftovers.KEY) <= leftovers.KEEP_SECONDS


def test_what_cannot_be_read_is_dropped_and_logged(
    redis: Redis, ledger: Ledger, posting: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    redis.rpush(leftovers.KEY, b"}", b'{"marker": "1"}')
    leftovers.keep(ledger.marker, [sent(posting)])

    leftovers.settle()

    assert count(State.SENT) == 1
    assert "no answer that this version" in caplog.text


def test_without_redis_nothing_is_said_to_be_safe(posting: Delivery) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert not leftovers.keep(uuid.uuid4(), [sent(posting)])
        assert leftovers.settle() == 0


@contextmanager
def database_away() -> Iterator[None]:
    """Sessions are cut and no new one is let in; this test's own stays."""
    name = connection.settings_dict["NAME"]
    parameters = connection.get_connection_params()
    keep = {
        key: parameters[key] for key in ("host", "port", "user", "password") if key in parameters
    }
    with psycopg.connect(**keep, dbname="postgres", autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            yield
        finally:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_b038_a_sender_stopped_without_its_database_ends_in_order_and_leaves_no_unknown(
    slack: RunningSandbox, redis: Redis
) -> None:
    expanded_run(connect_team(slack, 25, per_minute=1200), accepted=True)
    latency = {"kind": "latency", "rate": 1, "latency": {"min": 0.2, "max": 0.3}}
    slack.control("PUT", "faults", latency)

    with another_process(SEND) as sender:
        wait_until(lambda: count(State.SENT) >= 3, 20)
        wait_until(lambda: slack.control("GET", "summary")["open_requests"])
        with database_away():
            sender.send_signal(signal.SIGTERM)
            assert sender.wait(20) == 0
    left = count(State.POSTING)
    assert left > 0
    assert redis.llen(leftovers.KEY) >= left
    sweep(database_now())

    assert count(State.POSTING) == count(State.UNKNOWN) == 0
    assert count(State.SENT) == len(slack.posts())
    assert count(State.SENT) + count(State.READY) == 25


def test_a_request_that_nobody_answers_does_not_take_the_answers_along(
    slack: RunningSandbox, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "DRAIN_SECONDS", 1.0)
    answered, silent = connect_team(slack, 1), connect_team(slack, 1)
    expanded_run(answered, silent, accepted=True)
    late = {"kind": "latency", "team_id": answered.team_id, "latency": {"min": 0.3, "max": 0.4}}
    slack.control("PUT", "faults", late)
    slack.control("PUT", "faults", {"kind": "hang", "team_id": silent.team_id})

    with running_sender() as runtime:
        wait_until(lambda: slack.control("GET", "summary")["open_requests"] == 2)
        with database_away():
            runtime.stop()
            wait_until(lambda: redis.llen(leftovers.KEY) == 1)
    leftovers.settle()

    assert Delivery.objects.get(team=answered).state == State.SENT


def test_a_database_that_keeps_silent_is_given_up() -> None:
    def wait(ledger: Ledger) -> None:
        # Frozen in all but this: the server ends the session, so that it does not outlive the test.
        ledger.connection.execute("SET client_connection_check_interval = 50")
        ledger.connection.execute("SELECT pg_sleep(20)")

    async def ask() -> None:
        thread = LedgerThread(uuid.uuid4(), patience=0.2)
        try:
            await thread.run(wait)
        finally:
            await thread.disconnect()
            await thread.close()

    began = time.monotonic()
    with pytest.raises(psycopg.OperationalError):
        asyncio.run(ask())

    assert time.monotonic() - began < 5
