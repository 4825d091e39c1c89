"""What the supervisor has to know of a process, and the rule of its restarts."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slackhub.embedded.accounts import Account

MAX_FAILED_STARTS = 4


@dataclass(frozen=True, kw_only=True)
class Process:
    """A command under a name.

    env: its whole environment; None hands on the supervisor's own.
    ready: what shows that it works: a check that returns at once, or a text in its output;
        None takes it as ready as soon as it runs.
    once: it is meant to exit with 0, and is ready then (a migration).
    stage: at the end the lowest stage stops first, the next one when that has ended.
    grace: seconds between `stop_signal` and SIGKILL.
    orphan_signal: what it gets when the supervisor itself was killed.
    prepare: runs before each start.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | str | None = None
    once: bool = False
    stage: int = 0
    grace: float = 20.0
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    prepare: Callable[[], None] | None = None
    account: Account = Account.SAME
    keep_fds: tuple[int, ...] = ()


def backoff(failed_starts: int) -> float | None:
    """Seconds until the next start, or None when it is time to give up.

    `failed_starts` counts the starts in a row that never became ready. A process that had been
    ready is restarted for ever, beginning with a quarter of a second.
    """
    return None if failed_starts >= MAX_FAILED_STARTS else 0.25 * 2.0**failed_starts
