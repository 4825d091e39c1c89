"""An app that was given the app-level token of another one."""

import pytest

from bots.models import InboxEvent
from bots.supervisor.rows import Link
from bots.tests.socketing import (
    make_socket_app,
    make_socket_hub,
    quick_steps,
    running_bots,
    wait_for_sockets,
    wait_for_state,
)
from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_hears_nothing_of_what_is_the_others(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_steps(monkeypatch)
    hub, mistaken = make_socket_hub(slack), make_socket_app(slack)
    team = hub.workspace()
    mistaken.app_token = hub.slack_app.app_token
    mistaken.save()

    with running_bots():
        link = wait_for_state(mistaken, Link.State.WAITING)
        wait_for_sockets(slack, hub.slack_app)
        for _ in range(4):
            hub.acknowledged(hub.send(team, {"type": "pin_added", "user": "U1"}))

    assert "another app's" in link.reason
    assert {event.slack_app for event in InboxEvent.objects.all()} == {hub.slack_app}
