"""Asks for as many senders as the work needs and the slots allow.

Called by Beat's tick, at the end of a run's first chunk and by whoever makes a post: it is cheap,
and a lost message costs only the seconds until the next call.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from broadcasts.clock import database_now
from broadcasts.models import Sender
from broadcasts.sending.leases import SENDER_ALIVE
from broadcasts.sending.statements import COUNT_LANES_WITH_WORK

# Any constant: it only has to be the same in every process of this hub.
ENSURE_LOCK = 7_302_411
# A sender asked for longer ago than its message lives will not come.
REQUEST_LIVES = timedelta(seconds=10)
FORGET_AFTER = timedelta(minutes=10)


def request_senders() -> list[uuid.UUID]:
    """The ids of the senders to be enqueued now; their rows keep others from asking again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ENSURE_LOCK])
        now = database_now()
        cursor.execute(COUNT_LANES_WITH_WORK)
        (lanes,) = cursor.fetchone() or (0,)
        Sender.objects.filter(requested_at__lt=now - FORGET_AFTER).exclude(
            beat_at__gt=now - FORGET_AFTER
        ).delete()
        alive = Sender.objects.filter(beat_at__gt=now - SENDER_ALIVE).count()
        asked = Sender.objects.filter(beat_at=None, requested_at__gt=now - REQUEST_LIVES).count()
        needed = -(-lanes // settings.LANES_PER_SENDER)
        missing = min(needed, settings.SENDER_SLOTS) - alive - asked
        ids = [uuid.uuid4() for _ in range(missing)]
        Sender.objects.bulk_create(Sender(id=one, requested_at=now) for one in ids)
        return ids
