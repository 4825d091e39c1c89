"""Until Slack has taken a run's content once, one post of it at a time is under way.

Pure: this sender's view. That there is one canary in the whole hub is the ledger's to see to.
"""

from collections.abc import Collection

# A canary without an answer for so long makes room for another; the ledger says the same.
CANARY_SECONDS = 10.0
# Somebody else's canary is under way: what became of it is known after a beat at the latest.
LOOK_AGAIN_SECONDS = 0.2


class Canaries:
    """Times are the event loop's seconds."""

    def __init__(self) -> None:
        self._accepted: set[int] = set()
        self._not_before: dict[int, float] = {}

    def renew(self, accepted: Collection[int]) -> None:
        """The runs whose content Slack has taken, as the database has it."""
        self._accepted.update(accepted)

    def is_one(self, run: int | None) -> bool:
        """Whether a post of the run would be its canary."""
        return run is not None and run not in self._accepted

    def may_go(self, run: int | None, now: float) -> bool:
        return run is None or run in self._accepted or self._not_before.get(run, 0.0) <= now

    def sent_out(self, run: int, now: float) -> None:
        self._not_before[run] = now + CANARY_SECONDS

    def refused(self, run: int, now: float) -> None:
        """The mark was refused: another sender's canary is under way, perhaps."""
        if run not in self._accepted:
            self._not_before[run] = now + LOOK_AGAIN_SECONDS

    def answered(self, run: int, *, ok: bool) -> None:
        """Slack took the content, or its refusal was about something else."""
        self._not_before.pop(run, None)
        if ok:
            self._accepted.add(run)
