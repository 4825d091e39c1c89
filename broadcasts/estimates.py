"""How long a broadcast will take, lane by lane: Slack's pace is the bound, not this hub."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import Coalesce, Least

from broadcasts import audience
from broadcasts.audience import Audience
from teams.models import Team

# A team whose lane has no row yet.
UNKNOWN_PACE = 60.0
PACE = Coalesce(Least("team__lane__rate", "team__lane__ceiling"), UNKNOWN_PACE)


@dataclass(frozen=True)
class LaneEstimate:
    """What one team would get, and at which pace."""

    team: str
    people: int
    per_minute: float
    state: str

    @property
    def seconds(self) -> float:
        return 60 * self.people / self.per_minute

    def __str__(self) -> str:
        if self.state != Team.State.CONNECTED:
            return f"waits for {self.team}, which is {self.state}"
        return (
            f"about {duration(self.seconds)} for {self.team} at {self.per_minute:.0f} a minute, "
            "paced by Slack"
        )


def estimate(chosen: Audience, now: datetime) -> list[LaneEstimate]:
    """One for each team of the audience as things stand, the longest first."""
    rows = (
        audience.recipients(chosen, now)
        .order_by()
        .annotate(pace=PACE)
        .values_list("team", "team__name", "team__state", "pace")
        .annotate(Count("pk"))
    )
    lanes = [LaneEstimate(name, people, pace, state) for _, name, state, pace, people in rows]
    return sorted(lanes, key=lambda lane: (-lane.seconds, lane.team))


def lane_end(now: datetime, left: int, pace: float, paused_until: datetime | None) -> datetime:
    """When a lane has posted what is left at `pace` a minute, begun after Slack's hold on it."""
    begins = max(now, paused_until or now)
    return begins + timedelta(minutes=left / pace)


def duration(seconds: float) -> str:
    """As coarse as an estimate is: 85 s, 12 min, 3 h 10 min."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
