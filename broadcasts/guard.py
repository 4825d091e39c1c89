"""A copy of the database must not send: the likeliest way to double everything.

The hub remembers its public address, PostgreSQL's identity and its last heartbeat. Where one does
not fit at a start, the engine is held until a person confirms.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from broadcasts import firing
from broadcasts.models import Delivery, Engine, Run
from broadcasts.sending.statements import ANOTHER_DATABASE, IDENTITY

LONGEST_ABSENCE = timedelta(minutes=15)


def identity() -> str:
    """What tells this PostgreSQL from a restored, cloned or promoted one."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        (found,) = cursor.fetchone() or ("",)
        return str(found)


def check(now: datetime) -> bool:
    """Whether this hub may send; beats its heart if so, holds it if something does not fit."""
    with transaction.atomic():
        Engine.get()
        engine = Engine.objects.select_for_update().get()
        if engine.hold_reason:
            return False
        if reason := _misfit(engine, now):
            engine.hold(reason, now)
            return False
        engine.recognise(settings.PUBLIC_URL, identity(), now)
        return True


def release(now: datetime) -> None:
    """A person confirms that this hub is the one to send, from now on under this identity."""
    with transaction.atomic():
        Engine.get()
        engine = Engine.objects.select_for_update().get()
        engine.release(settings.PUBLIC_URL, identity(), now)


def _misfit(engine: Engine, now: datetime) -> str:
    """Why this may be a copy, as a sentence; empty when all fits."""
    if engine.public_url and engine.public_url != settings.PUBLIC_URL:
        return (
            f"PUBLIC_URL was {engine.public_url} and is now {settings.PUBLIC_URL}: "
            "is this a copy of another hub?"
        )
    if engine.system_identifier and engine.system_identifier != identity():
        return ANOTHER_DATABASE
    absent = engine.beat_at and engine.beat_at < now - LONGEST_ABSENCE
    if absent and (_rows_wait() or firing.is_due(now)):
        return (
            f"Messages wait, and nothing was sent since {engine.beat_at:%Y-%m-%d %H:%M %Z}: "
            "an old backup?"
        )
    return ""


def _rows_wait() -> bool:
    undecided = Delivery.objects.filter(state__in=Delivery.UNDECIDED)
    return undecided.exists() or bool(Run.objects.unexpanded())
