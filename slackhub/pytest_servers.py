"""A pytest plugin that gives each test run its own PostgreSQL and Redis-compatible server.

Loaded by `-p slackhub.pytest_servers` (pyproject.toml), because the settings are read before any
conftest. DATABASE_URL and REDIS_URL, when set, are used instead.
"""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from slackhub.embedded.lock import FolderInUse
from slackhub.embedded.servers import embedded_servers

VAR = Path(__file__).resolve().parent.parent / "var"
MOST_RUNS_AT_ONCE = 8

_servers = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Wrappers run before pytest-django's own hook, which reads the settings."""
    os.environ.setdefault("CHANNEL_INTERVAL", "0")
    if not ("DATABASE_URL" in os.environ and "REDIS_URL" in os.environ):
        _start()
    try:
        yield
    except BaseException:
        # Without a session nobody calls pytest_unconfigure, and the servers would hold the run.
        _servers.close()
        raise


def pytest_unconfigure() -> None:
    _servers.close()


def _start() -> None:
    """The first folder that no other run uses."""
    for number in range(1, MOST_RUNS_AT_ONCE + 1):
        folder = VAR / f"test-{number}"
        try:
            urls = _servers.enter_context(embedded_servers(folder, fresh=True))
        except FolderInUse:
            continue
        os.environ["VAR_DIR"] = str(folder)
        os.environ["DATABASE_URL"] = urls.database_url
        os.environ["REDIS_URL"] = urls.redis_url
        return
    raise pytest.UsageError(f"{MOST_RUNS_AT_ONCE} test runs are under way already: wait for one.")
