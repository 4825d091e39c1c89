"""The demo's verdict: our ledger against the sandbox's, which was written before its answers."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from broadcasts.models import Broadcast, Delivery, Run
from slackhub.browser import Browser
from teams.models import Recipient, Team


@dataclass(frozen=True)
class Verdict:
    """The counts of one broadcast's run, and what Slack says of it."""

    teams: int
    recipients: int
    runs: int
    sent: int
    failed: int
    unknown: int
    duplicates: int
    missing: int
    rate_limited: int
    seconds: float

    def holds(self, reachable: int) -> bool:
        """Everybody whom Slack counts as reachable was served, once, without a 429."""
        faults = (self.failed, self.unknown, self.duplicates, self.missing, self.rate_limited)
        return self.teams == 3 and self.sent == reachable and not any(faults)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(broadcast: Broadcast, slack: str, *, seconds: float) -> tuple[Verdict, int]:
    """The verdict, and how many people the sandbox counts as reachable."""
    browser = Browser()
    posts = _posts(browser, slack)
    deliveries = Delivery.objects.filter(run__broadcast=broadcast)
    states = Counter(deliveries.values_list("state", flat=True))
    ours = {str(pk) for pk in deliveries.values_list("pk", flat=True)}
    times = Counter(post["delivery"] for post in posts if post["delivery"] in ours)
    teams = Team.objects.connected().filter(broadcasts=broadcast)
    people = _reachable(browser, slack)
    served = {(post["team_id"], post["user"]) for post in posts if post["delivery"] in ours}
    verdict = Verdict(
        teams=teams.count(),
        recipients=Recipient.objects.filter(team__in=teams).people().reachable().count(),
        runs=Run.objects.filter(broadcast=broadcast).count(),
        sent=states[Delivery.State.SENT],
        failed=states[Delivery.State.FAILED],
        unknown=states[Delivery.State.UNKNOWN],
        duplicates=sum(times.values()) - len(times),
        missing=people - len(served),
        rate_limited=browser.json("GET", f"{slack}/control/summary")["rate_limited"],
        seconds=round(seconds, 1),
    )
    return verdict, people


def _reachable(browser: Browser, slack: str) -> int:
    workspaces = browser.json("GET", f"{slack}/control/workspaces")
    return sum(workspace["reachable"] for workspace in workspaces)


def _posts(browser: Browser, slack: str) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = []
    since = 0
    while True:
        page = browser.json("GET", f"{slack}/control/ledger?since={since}&metadata=1")
        posts += page["posts"]
        if not page["posts"] or page["next"] == since:
            return posts
        since = page["next"]
