"""The sender's one connection to PostgreSQL; every call runs on the sender's ledger thread.

Once-ness is `exchange` alone: the mark `ready -> posting` by primary key and attempt, committed
before the request. The state tests inside these statements are written as `state || ''` so that
no partial index tempts the planner away from the primary key.
"""

import logging
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.rows import tuple_row

from broadcasts.sending import statements
from broadcasts.sending.arrays import numbers, texts
from broadcasts.sending.rows import Due, Page, Settlement

logger = logging.getLogger(__name__)

PREPARED_AFTER = 5
# The last columns of a fetched row, by the names that messages know them by.
VARIABLES = (
    "first_name",
    "last_name",
    "name",
    "real_name",
    "title",
    "email",
    "time_zone",
    "locale",
    "attributes",
)
STATE_LENGTH, ID_LENGTH, CODE_LENGTH, SENTENCE_LENGTH = 10, 32, 100, 500


class Ledger:
    """Opened, used and closed on one thread."""

    def __init__(self, marker: uuid.UUID | None = None) -> None:
        """`marker` is the sender whose marks these will be."""
        self._connection: psycopg.Connection[Any] | None = None
        self.marker = marker or uuid.uuid4()

    @property
    def connection(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
            parameters.pop("cursor_factory", None)
            parameters.pop("context", None)
            # Django switches prepared statements off; planning each of these anew would cost more
            # than running it.
            parameters["prepare_threshold"] = PREPARED_AFTER
            self._connection = psycopg.connect(**parameters, autocommit=True)
            try:
                reason = {"reason": statements.ANOTHER_DATABASE}
                self._connection.execute(statements.HOLD_IF_ANOTHER, reason)
            except psycopg.Error:
                # Whoever comes next must not mark on a connection that was not looked at.
                self.close()
                raise
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def opened(self) -> psycopg.Connection[Any] | None:
        """The connection as it is; never opens one."""
        return self._connection

    def exchange(
        self,
        settlements: Sequence[Settlement],
        wanted: Sequence[Due],
        canaries: Sequence[int] = (),
    ) -> dict[int, int]:
        """Settle what is answered, mark what comes next, in one transaction.

        `canaries` are the deliveries among the wanted that would be their run's first, one a run.
        Returns the attempt number of every delivery that was marked; the others lost their claim,
        wait for the end of quiet hours, or must not go out any more (those are skipped here, with
        the reason).

        Raises:
            psycopg.OperationalError: the connection is gone; whether it was committed is unknown.
        """
        with self.connection.transaction():
            # A mark that a crash of the database could forget is no mark.
            self.connection.execute("SET LOCAL synchronous_commit = on")
            if settlements:
                self._settle_or_bisect(settlements)
            if canaries:
                self.connection.execute(statements.SEND_CANARY, {"canaries": canaries})
            marked = self._mark(wanted) if wanted else {}
            if unmarked := [one for one in canaries if one not in marked]:
                self.connection.execute(statements.CANARY_IS_BACK, {"ids": unmarked})
            return marked

    def _settle_or_bisect(self, settlements: Sequence[Settlement]) -> None:
        """A value that PostgreSQL refuses must not take the others' answers with it."""
        try:
            with self.connection.transaction():
                self._settle(settlements)
        except (psycopg.DataError, psycopg.IntegrityError):
            if len(settlements) == 1:
                logger.exception("The answer of delivery %s cannot be stored", settlements[0].id)
                return
            middle = len(settlements) // 2
            self._settle_or_bisect(settlements[:middle])
            self._settle_or_bisect(settlements[middle:])

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        columns = _columns(settlements) | {"marker": self.marker}
        done = self.connection.execute(statements.SETTLE, columns)
        if done.rowcount < len(settlements):
            self.connection.execute(statements.KEEP_COPIES, columns)
            self.connection.execute(statements.SETTLE_LATE, columns)
        if any(row.recipient and row.channel.startswith("D") for row in settlements):
            self.connection.execute(statements.KEEP_DM_CHANNELS, columns)
        if any(row.recipient and row.state == "failed" for row in settlements):
            self.connection.execute(statements.REFUSE_CHANNELS, columns)
        if any(row.canary_of for row in settlements):
            self._settle_canaries([row for row in settlements if row.canary_of])

    def _settle_canaries(self, settlements: Sequence[Settlement]) -> None:
        runs = [row.canary_of for row in settlements if row.state == "sent"]
        back = [row.id for row in settlements if row.state != "sent"]
        if runs:
            self.connection.execute(statements.CANARY_LIVES, {"runs": runs})
        if back:
            self.connection.execute(statements.CANARY_IS_BACK, {"ids": back})

    def _mark(self, wanted: Sequence[Due]) -> dict[int, int]:
        columns = {
            "ids": numbers([row.id for row in wanted]),
            "attempts": numbers([row.attempt for row in wanted]),
            "teams": list({row.team for row in wanted}),
            "runs": list({row.run for row in wanted}),
            "marker": self.marker,
        }
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            marked: dict[int, int] = dict(cursor.execute(statements.MARK, columns).fetchall())
        if len(marked) < len(wanted):
            self.connection.execute(statements.SKIP, columns)
            self.connection.execute(statements.WAIT_FOR_QUIET, columns)
        return marked

    def fetch(self, pages: Sequence[Page]) -> list[Due]:
        """The due rows of each page, oldest first."""
        columns = {
            "teams": numbers(page.team for page in pages),
            "runs": numbers(page.run for page in pages),
            "dues": texts([page.due_at.isoformat() for page in pages], 40),
            "ids": numbers(page.id for page in pages),
            "limits": numbers(page.limit for page in pages),
        }
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            return [_due(row) for row in cursor.execute(statements.FETCH, columns)]


def _due(row: tuple[Any, ...]) -> Due:
    known = row[-len(VARIABLES) :]
    # No first name, not even an empty one: there is no such person.
    variables = {} if known[0] is None else dict(zip(VARIABLES, known, strict=True))
    fields = (*row[: -len(VARIABLES)], variables)
    return Due(*fields)


def _columns(settlements: Sequence[Settlement]) -> dict[str, Any]:
    return {
        "ids": numbers([row.id for row in settlements]),
        "attempts": numbers([row.attempt for row in settlements]),
        "states": texts([row.state for row in settlements], STATE_LENGTH),
        "recipients": numbers([row.recipient for row in settlements]),
        "dues_in": numbers([row.due_in for row in settlements]),
        "channels": texts([row.channel for row in settlements], ID_LENGTH),
        "tss": texts([row.ts for row in settlements], ID_LENGTH),
        "errors": texts([row.error for row in settlements], CODE_LENGTH),
        "error_texts": texts([row.error_text for row in settlements], SENTENCE_LENGTH),
    }
