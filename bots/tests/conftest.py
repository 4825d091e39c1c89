from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from bots.evidence import EvidenceIntake, turns
from bots.tests.hub import Hub, make_hub
from bots.tests.socketing import (
    Bots,
    make_socket_app,
    make_socket_hub,
    quick_steps,
    running_bots,
    wait_for_sockets,
)
from bots.tests.writing import FILES
from sandbox.testing import RunningSandbox
from teams.models import SlackApp


@pytest.fixture(scope="session")
def hub_url(live_server: LiveServer) -> str:
    """A server of the whole hub, as slackhub.wsgi puts it together."""
    server = live_server.thread.httpd
    application = server.get_app()
    assert application is not None
    server.set_app(EvidenceIntake(application))
    return live_server.url


@pytest.fixture
def http_hub(
    slack: RunningSandbox, hub_url: str, transactional_db: None, worker: None
) -> Iterator[Hub]:
    """The whole path: the sandbox calls this server, whose events a worker handles."""
    yield make_hub(slack, hub_url)
    # It would keep the test database in use.
    turns.close()


@pytest.fixture
def socket_hub(
    slack: RunningSandbox, transactional_db: None, worker: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hub]:
    """The whole path: run_bots in a thread of this process, whose events a worker handles."""
    quick_steps(monkeypatch)
    hub = make_socket_hub(slack, connections=2)
    with running_bots():
        wait_for_sockets(slack, hub.slack_app, 2)
        yield hub


@pytest.fixture(params=["http", "socket"])
def hub(
    request: pytest.FixtureRequest,
    slack: RunningSandbox,
    hub_url: str,
    transactional_db: None,
    worker: None,
) -> Hub:
    """Either of them: what a bot does is the same, whichever way it hears."""
    hub: Hub = request.getfixturevalue(f"{request.param}_hub")
    return hub


@pytest.fixture
def bot_files(settings: Settings) -> None:
    """Bot files are those of the tests."""
    settings.BOTS_DIR = FILES


@pytest.fixture
def app(slack: RunningSandbox) -> SlackApp:
    """One in Socket Mode."""
    return make_socket_app(slack)


@pytest.fixture
def bots(app: SlackApp, slack: RunningSandbox) -> Iterator[Bots]:
    """They serve the app already."""
    with running_bots() as bots:
        wait_for_sockets(slack, app)
        yield bots
