from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer

from bots.evidence import turns
from bots.tests.hub import Hub, make_hub
from sandbox.testing import RunningSandbox


@pytest.fixture
def hub(slack: RunningSandbox, live_server: LiveServer, worker: None) -> Iterator[Hub]:
    """The whole path: the sandbox calls this server, whose events a worker handles."""
    yield make_hub(slack, live_server.url)
    # It would keep the test database in use.
    turns.close()
