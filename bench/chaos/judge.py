"""The verdict: our ledger against the one that Slack wrote before it answered. Pure."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

SETTLED = frozenset({"sent", "failed", "skipped", "cancelled", "closed"})
NOT_POSTED = "not_posted"


@dataclass(frozen=True)
class Row:
    """One delivery of our ledger; `app` is the slug of its team's; time: seconds of the epoch."""

    id: str
    broadcast: int
    person: str
    state: str
    error: str = ""
    app: str = "plain"
    attempt: int = 1
    marked_at: float = 0.0


@dataclass(frozen=True)
class Post:
    """One that Slack accepted, and when.

    `is_heard`: the hub has acknowledged Slack's event about it; `is_awaited`: it still may.
    """

    delivery: str
    attempt: int = 1
    at: float = 0.0
    is_heard: bool = False
    is_awaited: bool = False


@dataclass
class Verdict:
    """Counts; `holds` is what the test promises."""

    lost: int
    duplicates: int
    unknown_left: int
    unexplained: int
    unproven: int
    settled: int
    sent: int
    not_posted: int
    may_be_unknown: int
    unheard: int
    mark_to_byte_p99_ms: float
    reasons: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    left_lying: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        wrong = self.lost, self.duplicates, self.unexplained, self.unproven
        return not any(wrong) and not self.left_lying

    def line(self, **more: object) -> str:
        return json.dumps(asdict(self) | more)


def judge(
    rows: Sequence[Row],
    posts: Sequence[Post],
    *,
    expected: Collection[tuple[int, str]],
    blows: Sequence[Collection[tuple[str, int]]],
    ambiguous: int,
) -> Verdict:
    """The verdict on a quiet system.

    expected: whom each broadcast had to reach.
    blows: what each sender that was killed or stopped had marked, and no answer to: (id, attempt).
    ambiguous: how many requests Slack left without a clear answer.
    """
    accepted = Counter(post.delivery for post in posts)
    settled = [row for row in rows if row.state in SETTLED]
    not_posted = [row for row in settled if row.error == NOT_POSTED]
    lost = {
        "sent, and Slack has it not": sum(
            row.state == "sent" and not accepted[row.id] for row in rows
        ),
        "never settled": len(rows) - len(settled) - sum(row.state == "unknown" for row in rows),
        "without a row": len(set(expected) - {(row.broadcast, row.person) for row in rows}),
        "refused": sum(row.state != "sent" and row.error != NOT_POSTED for row in settled),
        "called not posted, and Slack has it": sum(accepted[row.id] > 0 for row in not_posted),
    }
    unknown = [row for row in rows if row.state == "unknown"]
    heard = {post.delivery for post in posts if post.is_heard}
    unheard = accepted.keys() - heard
    struck = {mark for blow in blows for mark in blow}
    return Verdict(
        lost=sum(lost.values()),
        duplicates=duplicates(rows, accepted),
        unknown_left=len(unknown),
        unexplained=_unexplained(unknown, struck, ambiguous),
        unproven=_unproven(unknown, heard),
        settled=len(settled),
        sent=sum(row.state == "sent" for row in rows),
        not_posted=len(not_posted),
        may_be_unknown=len(struck) + ambiguous,
        unheard=sum(row.app == "told" and row.id in unheard for row in unknown),
        mark_to_byte_p99_ms=_mark_to_byte(rows, posts),
        reasons={name: number for name, number in lost.items() if number},
        unknown=dict(Counter(f"{row.app}: {row.error}" for row in unknown)),
    )


def duplicates(rows: Iterable[Row], accepted: Mapping[str, int]) -> int:
    """Posts beyond the first that one person got of one broadcast, by whatever row or run."""
    copies: Counter[tuple[int, str]] = Counter()
    for row in rows:
        copies[row.broadcast, row.person] += accepted.get(row.id, 0)
    return sum(number - 1 for number in copies.values() if number > 1)


def _unexplained(
    unknown: Sequence[Row], struck: Collection[tuple[str, int]], ambiguous: int
) -> int:
    """The unknown that no blow hit, beyond those that Slack's own answers account for."""
    others = [row for row in unknown if (row.id, row.attempt) not in struck]
    doubtful = sum(row.error != "sender_gone" for row in others)
    return len(others) - doubtful + max(0, doubtful - ambiguous)


def _unproven(unknown: Sequence[Row], heard: Collection[str]) -> int:
    """Those that the hub could know about: Slack told it of the post, or its app may look."""
    told = sum(row.app == "told" and row.id in heard for row in unknown)
    return told + sum(row.app == "read" for row in unknown)


def _mark_to_byte(rows: Sequence[Row], posts: Sequence[Post]) -> float:
    """Milliseconds from the mark to the post, 99 of 100 are below."""
    marked = {(row.id, row.attempt): row.marked_at for row in rows}
    gaps = sorted(
        post.at - marked[post.delivery, post.attempt]
        for post in posts
        if (post.delivery, post.attempt) in marked
    )
    return round(gaps[len(gaps) * 99 // 100] * 1000, 1) if gaps else 0.0
