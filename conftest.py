"""For tests of all apps: a local Slack, and a Celery worker that shares their database."""

from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import connections
from pytest_django import Settings

from sandbox.testing import RunningSandbox, running_sandbox
from slackhub.celery import app


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """Pages are served from the packages; the empty folder only spares WhiteNoise its warning."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


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


@pytest.fixture
def worker(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real worker of the default queue, in threads of this process."""
    # A thread that ends with an open connection would keep the test database in use.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    app.control.purge()
    with start_worker(
        app, pool="threads", concurrency=4, perform_ping_check=False, queues=["celery"]
    ):
        yield
