"""What Slack sends over a socket goes the way of what it sends over HTTP."""

from collections.abc import Iterator

import pytest

from bots.models import InboxEvent
from bots.tests.hub import Hub
from bots.tests.socketing import make_socket_hub, running_bots, wait_for_sockets
from sandbox.testing import RunningSandbox


@pytest.fixture
def hub(slack: RunningSandbox, transactional_db: None, worker: None) -> Iterator[Hub]:
    hub = make_socket_hub(slack)
    with running_bots():
        wait_for_sockets(slack, hub.slack_app)
        yield hub


def test_b093_a_bot_answers_over_a_socket(hub: Hub) -> None:
    team = hub.workspace()

    said = hub.say(team, "hi")

    assert hub.reply(team)["text"] == f"Hi <@{hub.people(team)[0]}>!"
    assert said
    assert InboxEvent.objects.get(type="message").slack_app == hub.slack_app
