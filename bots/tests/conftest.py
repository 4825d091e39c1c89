import pytest
from pytest_django.live_server_helper import LiveServer

from bots.tests.hub import Hub, make_hub
from sandbox.testing import RunningSandbox


@pytest.fixture
def hub(slack: RunningSandbox, live_server: LiveServer, worker: None) -> Hub:
    """The whole path: the sandbox calls this server, whose events a worker handles."""
    return make_hub(slack, live_server.url)
