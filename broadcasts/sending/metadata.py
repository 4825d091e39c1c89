"""What each post carries to be found again, and which posts Slack is to tell of. Pure.

A Slack app subscribes to one of two types of metadata: each post of that type returns an event.
"""

from dataclasses import dataclass

from teams.evidence import DELIVERY_EVENT

TOLD = DELIVERY_EVENT
UNTOLD = f"{DELIVERY_EVENT}_untold"

# Slack delivers 30,000 events an hour to an app in a workspace, and people there cause some too:
# https://docs.slack.dev/apis/events-api#rate-limiting
HOURLY = 20_000
BURST = 1_000


@dataclass(slots=True)
class EventBudget:
    """Of one team's posts, at most 20,000 in any hour return an event. Times are seconds."""

    level: float = BURST
    at: float = 0.0

    def take(self, now: float) -> bool:
        """Whether the next post may be one that Slack tells of."""
        earned = (now - self.at) * (HOURLY - BURST) / 3600
        self.level, self.at = min(BURST, self.level + earned), now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def metadata(delivery: int, attempt: int, *, told: bool, hub: str) -> dict[str, object]:
    """Everybody in the workspace can read it: ids only.

    `hub` tells this hub's deliveries from those of another one that serves the same Slack app.
    """
    return {
        "event_type": TOLD if told else UNTOLD,
        "event_payload": {"delivery_id": str(delivery), "attempt": attempt, "hub": hub},
    }
