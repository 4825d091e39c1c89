from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from bots.evidence import EvidenceIntake, turns
from bots.tests.hub import Hub, make_hub
from bots.tests.writing import FILES
from sandbox.testing import RunningSandbox


@pytest.fixture(scope="session")
def hub_url(live_server: LiveServer) -> str:
    """A server of the whole hub, as slackhub.wsgi puts it together."""
    server = live_server.thread.httpd
    application = server.get_app()
    assert application is not None
    server.set_app(EvidenceIntake(application))
    return live_server.url


@pytest.fixture
def hub(slack: RunningSandbox, hub_url: str, transactional_db: None, worker: None) -> Iterator[Hub]:
    """The whole path: the sandbox calls this server, whose events a worker handles."""
    yield make_hub(slack, hub_url)
    # It would keep the test database in use.
    turns.close()


@pytest.fixture
def bot_files(settings: Settings) -> None:
    """Bot files are those of the tests."""
    settings.BOTS_DIR = FILES
