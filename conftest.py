"""For tests of all apps: a local Slack, and a Celery worker that shares their database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest
from celery.contrib.testing.worker import start_worker
from celery.worker import state
from django.conf import settings
from django.db import connection, connections
from pytest_django import DjangoDbBlocker, Settings
from redis import Redis

from sandbox.testing import RunningSandbox, running_sandbox, wait_until
from slackhub.celery import app

_worker_runs: list[bool] = []


@pytest.fixture(scope="session")
def _running_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.01) as sandbox:
        yield sandbox


@pytest.fixture
def slack(_running_sandbox: RunningSandbox, settings: Settings) -> RunningSandbox:
    """The sandbox, emptied, as the Slack of this process; retries come a hundred times sooner."""
    _running_sandbox.control("POST", "reset")
    settings.SLACK_URL = _running_sandbox.url
    return _running_sandbox


@pytest.fixture(scope="session")
def _running_worker(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        # A thread that keeps its connection would keep the test database in use.
        patch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
        patch.setitem(app.conf, "worker_hijack_root_logger", False)
        app.control.purge()
        with django_db_blocker.unblock():
            stack.enter_context(
                start_worker(app, pool="threads", concurrency=4, perform_ping_check=False)
            )
        _worker_runs.append(True)
        yield
        _worker_runs.clear()
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture
def worker(transactional_db: None, _running_worker: None) -> Iterator[None]:
    """A real worker of the default queue, in threads of this process; idle when the test ends."""
    yield
    wait_until(lambda: not state.reserved_requests and not _waiting())


def _waiting() -> int:
    """Messages that no worker has fetched, or that one has fetched and not yet begun."""
    with Redis.from_url(settings.REDIS_URL) as broker:
        return int(broker.llen("celery")) + int(broker.hlen("unacked"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """The worker of earlier tests also runs what this one has enqueued without asking for it.

    Emptying the tables under a running task would be a deadlock.
    """
    if _worker_runs and item.get_closest_marker("django_db"):
        wait_until(lambda: not state.active_requests and not _unfetched(), 20)


def _unfetched() -> int:
    with Redis.from_url(settings.REDIS_URL) as broker:
        return int(broker.llen("celery"))


@contextmanager
def another_process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs code in this project with this test's database and Slack; killed at the end."""
    database = urlsplit(os.environ["DATABASE_URL"])
    address = database._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": address, "SLACK_URL": settings.SLACK_URL}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
