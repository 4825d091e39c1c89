"""What travels between the sender's loop and its ledger thread."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from broadcasts.sending.learning import Memory


@dataclass(slots=True)
class Due:
    """A delivery in hand: read as ready, not marked yet."""

    id: int
    attempt: int
    due_at: datetime
    team: int
    run: int | None
    recipient: int | None
    slack_id: str
    dm_channel: str
    payload: dict[str, Any] | None
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """The next due rows of a run in a lane, after those before (due_at, id); at most so many."""

    team: int
    run: int | None
    due_at: datetime
    id: int
    limit: int


@dataclass(slots=True)
class Ready:
    """A row with its request's body, or with the reason why it has none."""

    due: Due
    body: bytes
    refusal: str = ""
    channel_just_used: bool = False
    # Whether Slack is asked to tell of the post.
    told: bool = True
    # The one post that a shut gate lets pass, and whether it has told something.
    is_try: bool = False
    is_judged: bool = False
    # When its place was taken, in the loop's seconds.
    chosen_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one attempt; only that attempt may be changed by it, a proof excepted."""

    id: int
    attempt: int
    state: str
    channel: str = ""
    ts: str = ""
    error: str = ""
    error_text: str = ""
    recipient: int | None = None
    due_in: float = 0.0
    canary_of: int | None = None


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane this sender holds, as the database describes it now."""

    team: int
    team_name: str
    token: str = field(repr=False)
    token_version: int
    memory: Memory
    paused_seconds: float
    in_outage: bool = False
    # The hub's own id, for the metadata of posts.
    hub: str = ""


@dataclass(frozen=True, slots=True)
class LaneNote:
    """What a sender has learned of a lane, and how many 429s it met since the last note."""

    team: int
    rate: float
    bad_rate: float | None
    bad_seconds: float | None
    limited: int
    in_outage: bool


@dataclass(frozen=True, slots=True)
class RunContent:
    """The immutable content of a run, its share of a lane, and whether Slack ever took it."""

    run: int
    broadcast: int
    content: dict[str, Any]
    weight: int = 1
    accepted: bool = False
