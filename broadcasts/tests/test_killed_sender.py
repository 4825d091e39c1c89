"""A sender that dies by kill -9 in the middle of a run: nothing lost, nothing doubled."""

from collections import Counter
from datetime import timedelta

import pytest

from broadcasts.clock import database_now
from broadcasts.models import Delivery
from broadcasts.sweeping import sweep_abandoned
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from conftest import another_process
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Lane

SEND = """
import uuid
from broadcasts.sending.runtime import runtime
runtime().run_sender(uuid.uuid4())
"""
State = Delivery.State


def count(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def let_time_pass() -> None:
    """Two minutes later: the dead sender's leases and marks are old."""
    Lane.objects.exclude(owner=None).update(leased_until=database_now())
    Delivery.objects.filter(state=State.POSTING).update(
        marked_at=database_now() - timedelta(seconds=121)
    )


@pytest.mark.django_db(transaction=True)
def test_the_next_sender_serves_the_rest_and_the_unanswered_are_unknown(
    slack: RunningSandbox,
) -> None:
    app = connect_app(slack)
    teams = [connect_team(slack, 25, app=app, per_minute=1200) for _ in range(2)]
    expanded_run(*teams)
    # Requests are under way at any moment.
    latency = {"kind": "latency", "rate": 1, "latency": {"min": 0.2, "max": 0.3}}
    slack.control("PUT", "faults", latency)

    with another_process(SEND) as doomed:
        wait_until(lambda: count(State.SENT) >= 10, 20)
        wait_until(lambda: slack.control("GET", "summary")["open_requests"])
        doomed.kill()
        doomed.wait()
    left = count(State.POSTING)
    assert left > 0
    let_time_pass()
    assert sweep_abandoned() == left
    with running_sender():
        wait_until(lambda: count(State.READY) + count(State.POSTING) == 0, 20)

    posts = Counter(post["delivery"] for post in slack.posts())
    sent = {
        str(pk) for pk in Delivery.objects.filter(state=State.SENT).values_list("pk", flat=True)
    }
    assert max(posts.values()) == 1
    assert sent <= set(posts)
    assert count(State.SENT) + count(State.UNKNOWN) == 50
    assert count(State.UNKNOWN) == left
