"""The verdict: our ledger against the one that Slack wrote before it answered. Pure."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

SETTLED = frozenset({"sent", "failed", "skipped", "cancelled", "closed"})
NOT_POSTED = "not_posted"
# No request lasts longer: an answer is awaited for 60 s, and a connection for 5 s.
LONGEST_REQUEST = 65.0
# The clocks are one machine's; a mark's commit and a signal are told apart to this many seconds.
SLACK = 1.0


@dataclass(frozen=True)
class Row:
    """One delivery of our ledger; times are seconds since the epoch."""

    id: str
    broadcast: int
    person: str
    state: str
    error: str = ""
    marked_at: float = 0.0
    settled_at: float = 0.0


@dataclass(frozen=True)
class Blow:
    """A signal to a process that may have held rows; equal ends for one that was killed."""

    begin: float
    end: float


@dataclass
class Verdict:
    """Counts; `holds` is what the test promises."""

    lost: int
    duplicates: int
    unknown_left: int
    unexplained: int
    settled: int
    sent: int
    reasons: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    unknown_accepted: int = 0
    not_posted: int = 0

    @property
    def holds(self) -> bool:
        return not (self.lost or self.duplicates or self.unexplained)

    def line(self, **more: object) -> str:
        return json.dumps(asdict(self) | more)


def judge(
    rows: Sequence[Row],
    posts: Iterable[str],
    *,
    expected: Collection[tuple[int, str]],
    blows: Sequence[Blow],
    ambiguous: int,
) -> Verdict:
    """The verdict on a quiet system.

    posts: the delivery ids of all that Slack accepted, repeated where it accepted one twice.
    expected: whom each broadcast had to reach.
    ambiguous: how many requests Slack left without a clear answer.
    """
    accepted = Counter(posts)
    # Settled as not posted, by a proof: staff see it and may retry it.
    known = {row for row in rows if row.error == NOT_POSTED and not accepted[row.id]}
    lost = {
        "sent, and Slack has it not": sum(
            row.state == "sent" and not accepted[row.id] for row in rows
        ),
        "never settled": sum(row.state not in SETTLED and row.state != "unknown" for row in rows),
        "without a row": len(set(expected) - {(row.broadcast, row.person) for row in rows}),
        "refused": sum(row.state in SETTLED - {"sent"} for row in rows if row not in known),
    }
    unknown = [row for row in rows if row.state == "unknown"]
    return Verdict(
        lost=sum(lost.values()),
        duplicates=duplicates(rows, accepted),
        unknown_left=len(unknown),
        unexplained=_unexplained(unknown, blows, ambiguous),
        settled=sum(row.state in SETTLED for row in rows),
        sent=sum(row.state == "sent" for row in rows),
        reasons={name: number for name, number in lost.items() if number},
        not_posted=len(known),
        unknown=dict(Counter(row.error for row in unknown)),
        unknown_accepted=sum(accepted[row.id] > 0 for row in unknown),
    )


def duplicates(rows: Iterable[Row], accepted: Mapping[str, int]) -> int:
    """Posts beyond the first that one person got of one broadcast, by whatever row or run."""
    copies: Counter[tuple[int, str]] = Counter()
    for row in rows:
        copies[row.broadcast, row.person] += accepted.get(row.id, 0)
    return sum(number - 1 for number in copies.values() if number > 1)


def _unexplained(unknown: Sequence[Row], blows: Sequence[Blow], ambiguous: int) -> int:
    """The unknown that neither a blow to a process nor an answer of Slack's accounts for."""
    others = [row for row in unknown if not any(_was_hit(row, blow) for blow in blows)]
    doubtful = sum(row.error != "sender_gone" for row in others)
    return len(others) - doubtful + max(0, doubtful - ambiguous)


def _was_hit(row: Row, blow: Blow) -> bool:
    """Whether its request could be under way when the blow fell, and no answer came before."""
    return (
        row.marked_at <= blow.end + SLACK
        and row.marked_at >= blow.begin - LONGEST_REQUEST
        and row.settled_at >= blow.begin - SLACK
    )
