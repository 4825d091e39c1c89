"""Celery's side of broadcasting: each task calls one function, is safe to run twice, and loses
nothing when it is lost, because Beat's tick finds the same work in the rows.
"""

import logging
import time
from collections.abc import Callable
from uuid import UUID

from celery import shared_task
from django.db import InterfaceError, OperationalError

from broadcasts import firing, guard, history
from broadcasts.attention import review
from broadcasts.clock import database_now
from broadcasts.departures import remove_departed
from broadcasts.expansion import expand_chunk
from broadcasts.judging import judge
from broadcasts.mailing import mail_notices
from broadcasts.models import Engine, Run
from broadcasts.retention import remove_old
from broadcasts.sending.runtime import runtime
from broadcasts.sending.starting import request_senders
from broadcasts.sweeping import sweep
from broadcasts.waiting import start_waiting
from teams.models import Team
from teams.tasks import renew_token

logger = logging.getLogger(__name__)

EXPAND_SECONDS = 60.0
REMOVE_SECONDS = 30.0
SEND_EXPIRES_SECONDS = 10


@shared_task
def tick() -> None:
    """Every few seconds: fire what is due, pick up what is left, start senders."""
    now = database_now()
    Engine.tick(now)
    if guard.check(now):
        _in_turn(
            lambda: _expand(firing.fire_due(now)),
            lambda: start_waiting(now),
            lambda: _expand(Run.objects.unexpanded()),
            lambda: sweep(now),
            lambda: judge(now),
            ensure_senders,
        )
    review(now)


@shared_task
def mail() -> None:
    """Every minute: tell those who asked for it what needs a person."""
    mail_notices(database_now())


@shared_task
def remove_old_deliveries() -> None:
    """Every minute: as much as half of it is good for."""
    remove_old(database_now(), REMOVE_SECONDS)


@shared_task
def remove_departed_teams() -> None:
    """Every minute: the same. Not while the hub is held: it may be an old backup."""
    now = database_now()
    if guard.check(now):
        remove_departed(now, REMOVE_SECONDS)


@shared_task
def fire(broadcast: int) -> None:
    """Beat's message for one broadcast: it only wakes, the rows say what is due."""
    now = database_now()
    if guard.check(now):
        _expand(firing.fire(broadcast, now))


@shared_task
def expand(run: int) -> None:
    """Insert the run's deliveries for a minute at most; the tick goes on with the rest."""
    end = time.monotonic() + EXPAND_SECONDS
    more = expand_chunk(run)
    ensure_senders()
    while more and time.monotonic() < end:
        more = expand_chunk(run)


@shared_task
def send(sender: str) -> None:
    """Be a sender for as long as there is something to send."""
    runtime().run_sender(UUID(sender))


@shared_task
def wake_senders() -> None:
    """After a post was made outside a broadcast."""
    if guard.check(database_now()):
        ensure_senders()


@shared_task
def read_histories() -> None:
    """Settles unknown deliveries by reading, where an app is allowed to."""
    if guard.check(database_now()):
        for team in history.teams_to_read(database_now()):
            read_history.delay(team)


@shared_task
def read_history(team: int) -> None:
    history.read_team(team, database_now())


@shared_task
def renew_tokens() -> None:
    """Starts the renewal of every token that expires soon; a lost message costs one round.

    Not while the hub is held: it may be a copy, and a refresh token works once for them all.
    """
    now = database_now()
    if guard.check(now):
        for team in Team.objects.due_for_renewal(now).values_list("pk", flat=True).iterator():
            renew_token.delay(team)


def ensure_senders() -> None:
    """As many as the lanes with work need; to be called whenever there may be more work."""
    for sender in request_senders():
        send.apply_async((str(sender),), expires=SEND_EXPIRES_SECONDS)


def _in_turn(*steps: Callable[[], object]) -> None:
    """One that fails, over some row, keeps none of the others from theirs; the next tick tries."""
    for step in steps:
        try:
            step()
        except (OperationalError, InterfaceError):
            # No row's fault: the database is away, for every step.
            raise
        except Exception:
            logger.exception("A step of the tick failed")


def _expand(runs: list[int]) -> None:
    for run in runs:
        expand.delay(run)
