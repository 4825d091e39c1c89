"""Pause, cancel and opt out in the middle of a run; the database or Redis going away."""

import time
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from redis import Redis

from broadcasts.models import Delivery, OptOut, Run
from broadcasts.sweeping import sweep_cancelled
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Recipient

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
TWENTY_A_SECOND = 1200.0


def count(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def test_a_pause_stops_the_posts_and_a_resume_goes_on(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 30, per_minute=TWENTY_A_SECOND))

    with running_sender():
        wait_until(lambda: count(State.SENT) >= 3)
        Run.objects.filter(pk=run.pk).pause("Staff")
        clicked = time.time()
        wait_until(lambda: count(State.POSTING) == 0)
        posted = slack.posts()
        assert len(posted) < 30
        assert all(post["at"] < clicked + 1 for post in posted)
        Run.objects.filter(pk=run.pk).resume()
        wait_until(lambda: count(State.SENT) == 30, 15)

    assert len(slack.posts()) == 30


@pytest.mark.parametrize("what", ["hub", "app", "team"])
def test_a_hold_stops_the_posts_within_a_second(slack: RunningSandbox, what: str) -> None:
    held, other = (
        connect_team(slack, 20, app=connect_app(slack), per_minute=TWENTY_A_SECOND)
        for _ in range(2)
    )
    expanded_run(held, other, accepted=True)
    names = {"hub": (), "app": ("--app", held.slack_app.slug), "team": ("--team", held.team_id)}

    with running_sender():
        wait_until(lambda: count(State.SENT) >= 4)
        call_command("hold", *names[what], stdout=StringIO())
        clicked = time.time()
        mine = Delivery.objects.filter(team=held)
        wait_until(lambda: not mine.filter(state=State.POSTING).exists())
        theirs = Delivery.objects.filter(team=other, state=State.SENT)
        wait_until(lambda: what == "hub" or theirs.count() == 20)

    posts = slack.posts(team_id=held.team_id)
    assert len(posts) < 20
    assert all(post["at"] < clicked + 1 for post in posts)
    assert (theirs.count() < 20) == (what == "hub")


def test_a_cancel_stops_the_posts_for_good(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 30, per_minute=TWENTY_A_SECOND))

    with running_sender():
        wait_until(lambda: count(State.SENT) >= 3)
        Run.objects.filter(pk=run.pk).cancel(timezone.now())
        wait_until(lambda: count(State.POSTING) == 0)
    sweep_cancelled()

    assert count(State.SENT) == len(slack.posts()) < 30
    assert count(State.SENT) + count(State.CANCELLED) == 30


def test_an_opt_out_is_obeyed_by_the_run_in_progress(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 20, per_minute=TWENTY_A_SECOND))
    last = Recipient.objects.order_by("-pk")[0]

    with running_sender():
        wait_until(lambda: count(State.SENT) >= 2)
        OptOut.objects.create(broadcast=run.broadcast, recipient=last)
        wait_until(lambda: count(State.SENT) == 19, 15)
        wait_until(lambda: count(State.SKIPPED) == 1)

    assert last.slack_id not in {post["user"] for post in slack.posts()}


def test_a_lost_database_connection_loses_and_doubles_nothing(slack: RunningSandbox) -> None:
    expanded_run(connect_team(slack, 40, per_minute=TWENTY_A_SECOND))

    with running_sender():
        for _ in range(3):
            before = count(State.SENT)
            wait_until(lambda: count(State.SENT) >= before + 3, 15)  # noqa: B023
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        wait_until(lambda: count(State.SENT) == 40, 20)

    assert len(slack.posts()) == 40
    assert count(State.UNKNOWN) == 0


def test_an_emptied_redis_loses_and_doubles_nothing(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    expanded_run(*(connect_team(slack, 15, app=app, per_minute=TWENTY_A_SECOND) for _ in range(2)))

    with running_sender(), Redis.from_url(settings.REDIS_URL) as redis:
        wait_until(lambda: count(State.SENT) >= 5)
        redis.flushall()
        wait_until(lambda: count(State.SENT) == 30, 15)

    assert len(slack.posts()) == 30
