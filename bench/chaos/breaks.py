"""Ways to break one rule of the engine each, from outside, to prove that the judge sees it."""

import dataclasses
from collections.abc import Callable, Sequence

from broadcasts.models import Delivery
from broadcasts.sending import outcome
from broadcasts.sending.ledger import Ledger
from broadcasts.sending.rows import Due, Settlement
from teams.answers import Ambiguous, Answer
from teams.poster import TooLate

_WRITE_MARKS = """
    UPDATE broadcasts_delivery d
    SET state = 'posting', attempt = s.attempt, marked_at = clock_timestamp(),
        marked_by = %s
    FROM unnest(%s::bigint[], %s::int[]) AS s(id, attempt)
    WHERE d.id = s.id AND d.state || '' = 'ready' AND d.attempt = s.attempt - 1
"""


def mark_after() -> None:
    """The row says `posting` only once Slack has answered."""
    settle = Ledger._settle

    def mark(self: Ledger, wanted: Sequence[Due]) -> dict[int, int]:
        return {row.id: row.attempt + 1 for row in wanted}

    def mark_and_settle(self: Ledger, settlements: Sequence[Settlement]) -> None:
        ids, attempts = [row.id for row in settlements], [row.attempt for row in settlements]
        self.connection.execute(_WRITE_MARKS, [self.marker, ids, attempts])
        settle(self, settlements)

    setattr(Ledger, "_mark", mark)  # noqa: B010  mypy would refuse the plain assignment
    setattr(Ledger, "_settle", mark_and_settle)  # noqa: B010


def retry_ambiguous() -> None:
    """What may have arrived is sent again."""
    settlement = outcome.settlement

    def again(due: Due, answer: Answer | TooLate) -> Settlement:
        settled = settlement(due, answer)
        if isinstance(answer, Ambiguous):
            return dataclasses.replace(settled, state=Delivery.State.READY)
        return settled

    outcome.settlement = again


BREAKS: dict[str, Callable[[], None]] = {
    "mark-after": mark_after,
    "retry-ambiguous": retry_ambiguous,
}
