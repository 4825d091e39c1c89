"""A channel gets one post a second, also when another sender takes its lane over."""

import uuid
from itertools import pairwise

import pytest
from pytest_django import Settings

from broadcasts.models import Delivery
from broadcasts.posting import post
from broadcasts.sending.leases import Leases, SenderId
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.ledgers import open_ledger
from broadcasts.tests.sending import connect_team, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Lane, Recipient
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)


def count_sent() -> int:
    return Delivery.objects.filter(state=Delivery.State.SENT).count()


def leases(channel_interval: float) -> Leases:
    return Leases(SenderId(uuid.uuid4(), "here", 1), 10, channel_interval)


def rests(first: Leases, then: Leases) -> list[float]:
    """How long the lanes rest that `then` takes when `first` has given them up."""
    make_delivery(make_run(), make_person(make_team()))
    with open_ledger() as ledger:
        first.beat(ledger.connection, [])
        first.leave(ledger.connection, [])
        return [row.paused_seconds for row in then.beat(ledger.connection, [])[0]]


def test_a_lane_rests_when_another_sender_takes_it() -> None:
    (rest,) = rests(leases(30.0), leases(30.0))

    assert 25.0 < rest <= 30.0


def test_not_where_channels_have_no_interval() -> None:
    assert rests(leases(0.0), leases(0.0)) == [0.0]


def test_a_lane_that_nobody_served_begins_at_once() -> None:
    make_delivery(make_run(), make_person(make_team()))
    Lane.objects.update(leased_until=None)

    with open_ledger() as ledger:
        (row,) = leases(30.0).beat(ledger.connection, [])[0]

    assert row.paused_seconds == 0.0


def test_posts_to_one_channel_keep_their_distance(
    slack: RunningSandbox, settings: Settings
) -> None:
    settings.CHANNEL_INTERVAL = 0.4
    team = connect_team(slack, 1)
    person = Recipient.objects.get()
    for number in range(4):
        post(team, key=f"k{number}", slack_id=person.slack_id, text=f"Post {number}")

    with running_sender():
        wait_until(lambda: count_sent() >= 2)
    with running_sender():
        wait_until(lambda: count_sent() == 4)

    times = [float(one["ts"]) for one in slack.posts()]
    assert all(later - earlier > 0.35 for earlier, later in pairwise(times))
