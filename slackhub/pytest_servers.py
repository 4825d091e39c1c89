"""A pytest plugin that gives each test run its own PostgreSQL and Redis-compatible server.

Loaded by `-p slackhub.pytest_servers` (pyproject.toml), because the settings are read before any
conftest. DATABASE_URL and REDIS_URL, when set, are used instead by a run in one process (`-n 0`);
where pytest-xdist splits it, each process has servers of its own.
"""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from slackhub.embedded.lock import FolderInUse
from slackhub.embedded.servers import embedded_servers

VAR = Path(__file__).resolve().parent.parent / "var"
MOST_RUNS_AT_ONCE = 32

_servers = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Wrappers run before pytest-django's own hook, which reads the settings."""
    os.environ.setdefault("CHANNEL_INTERVAL", "0")
    is_given = "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ
    if _is_one_of_many() or not (is_given or _deals_out(early_config)):
        _start()
    try:
        yield
    except BaseException:
        # Without a session nobody calls pytest_unconfigure, and the servers would hold the run.
        _servers.close()
        raise


def _is_one_of_many() -> bool:
    """Whether this is one of the processes that a run is split into."""
    return "PYTEST_XDIST_WORKER" in os.environ


def _deals_out(config: pytest.Config) -> bool:
    """Whether this process runs no test itself."""
    return bool(config.known_args_namespace.numprocesses)


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
