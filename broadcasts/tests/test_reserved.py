"""A row is marked only once there is a connection for its post."""

import socket

import pytest
from pytest_django import Settings

from broadcasts.models import Delivery
from broadcasts.tests.sending import connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_marked_before_the_connection_is_there(
    slack: RunningSandbox, settings: Settings
) -> None:
    run = expanded_run(connect_team(slack, 2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        # Its TLS handshake never ends.
        settings.SLACK_URL = f"https://127.0.0.1:{silent.getsockname()[1]}"

        with running_sender():
            knocking, _ = silent.accept()
            states = set(Delivery.objects.filter(run=run).values_list("state", "attempt"))
            knocking.close()

    assert states == {(Delivery.State.READY, 0)}


def test_a_closed_door_holds_the_lane_and_spends_no_attempt(
    slack: RunningSandbox, settings: Settings
) -> None:
    team = connect_team(slack, 2)
    run = expanded_run(team)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.SLACK_URL = f"http://127.0.0.1:{free.getsockname()[1]}"

    with running_sender():
        wait_until(lambda: type(team).objects.get(pk=team.pk).lane.paused_until)

    states = set(Delivery.objects.filter(run=run).values_list("state", flat=True))
    assert states == {Delivery.State.READY}
