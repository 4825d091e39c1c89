"""Answers of Slack that a sender could not store before it ended, because the database was away.

They wait in Redis for whoever has a database again. Losing them costs what it would cost without
this list: their rows are swept to `unknown`.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from broadcasts.evidence import is_place
from broadcasts.sending.ledger import Ledger
from broadcasts.sending.rows import Settlement

logger = logging.getLogger(__name__)

KEY = "leftovers"
# The newest are kept. About 300 bytes each.
MOST = 20_000
KEEP_SECONDS = 86_400
REDIS_SECONDS = 2.0
BATCH = 500

# Ids begin anew in a restored backup: a post from before the row was made is not its.
_OTHERS = """
    SELECT d.id
    FROM unnest(%(ids)s::bigint[], %(tss)s::text[]) AS s(id, ts)
    JOIN broadcasts_delivery d ON d.id = s.id
    WHERE d.created_at >= to_timestamp(s.ts::float) + interval '60 seconds'
"""


def keep(marker: UUID, settlements: Sequence[Settlement]) -> bool:
    """Whether they are in the list now; `marker` is that of the ledger that marked the rows."""
    values = [json.dumps(asdict(one) | {"marker": str(marker)}) for one in settlements[-MOST:]]
    try:
        with _connected() as redis, redis.pipeline() as pipe:
            for start in range(0, len(values), BATCH):
                pipe.rpush(KEY, *values[start : start + BATCH])
            pipe.ltrim(KEY, -MOST, -1).expire(KEY, KEEP_SECONDS).execute()
    except RedisError as error:
        logger.warning("Redis is away too, the answers stay here for now: %s", error)
        return False
    logger.warning("The database is away: %s answers of Slack wait in Redis", len(values))
    return True


def settle() -> int:
    """Store what waits; how many answers that were. By anybody, any number of times.

    Raises:
        psycopg.OperationalError: the database is away again; the answers stay.
    """
    done = 0
    try:
        with _connected() as redis:
            while values := redis.lrange(KEY, 0, BATCH - 1):
                _store(values)
                with redis.pipeline() as pipe:
                    for value in values:
                        pipe.lrem(KEY, 1, value)
                    pipe.execute()
                done += len(values)
    except RedisError as error:
        logger.warning("Redis is away, whatever waits there waits on: %s", error)
    return done


def _store(values: Sequence[bytes]) -> None:
    """As its own sender would have: its marker says which rows are its own."""
    answers: dict[UUID, list[Settlement]] = defaultdict(list)
    for value in values:
        try:
            fields = json.loads(value)
            answers[UUID(fields.pop("marker"))].append(Settlement(**fields))
        except (ValueError, TypeError, KeyError):
            logger.exception("This is no answer that this version of the hub can read")
    for marker, settlements in answers.items():
        ledger = Ledger(marker)
        try:
            others = _of_other_rows(ledger, settlements)
            ledger.exchange([one for one in settlements if one not in others], [])
        finally:
            ledger.close()


def _of_other_rows(ledger: Ledger, settlements: Sequence[Settlement]) -> set[Settlement]:
    posts = [one for one in settlements if is_place(one.channel, one.ts)]
    columns = {"ids": [one.id for one in posts], "tss": [one.ts for one in posts]}
    others = {pk for (pk,) in ledger.connection.execute(_OTHERS, columns)}
    if others:
        logger.warning("%s answers are from before their rows were made: left out", len(others))
    return {one for one in posts if one.id in others}


def _connected() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
