"""Slack gives no clear answers for minutes, to senders at full pace: how much stays in doubt?"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.db import connection

from bench.chaos.arena import Arena
from bench.chaos.plan import Fault
from bench.chaos.world import LATENCY, World

PACE = 280.0
WARM_UP = 15.0
# Of the pace, over so many seconds: then a lane is back.
SHARE, WINDOW = 0.8, 5.0
BACK_WITHIN = 60.0
MOST_UNKNOWN = 100
KINDS = {Fault.HTTP_5XX: "http_503", Fault.HANG: "hang"}

_UNKNOWN = "SELECT count(*) FROM broadcasts_delivery WHERE state = 'unknown' GROUP BY marked_by"


@dataclass(frozen=True)
class OutageVerdict:
    """`back_after_s` is that of the last lane; lanes that did not come back are `lanes_away`."""

    outage: str
    seconds: float
    lanes: int
    lanes_away: int
    back_after_s: float
    unknown: int
    most_unknown_per_sender: int
    senders: int

    @property
    def holds(self) -> bool:
        return not self.lanes_away and self.most_unknown_per_sender < MOST_UNKNOWN

    @property
    def line(self) -> str:
        return json.dumps(asdict(self) | {"holds": self.holds})


class Outage:
    """One of them, between a time at pace and the return to it."""

    def __init__(self, arena: Arena, world: World, say: Callable[[str], object]) -> None:
        self._arena = arena
        self._slack = arena.slack
        self._world = world
        self._say = say

    def run(self, kind: Fault, seconds: float) -> OutageVerdict:
        self._world.set_pace(PACE)
        self._world.schedule(0.0)
        self._world.wait_for_first()
        time.sleep(WARM_UP)
        self._say(f"Slack answers with nothing but {kind}, for {seconds:g} s")
        fault = {"kind": KINDS[kind], "methods": ["chat.postMessage"]}
        self._slack.control("PUT", "faults", fault)
        time.sleep(seconds)
        self._slack.control("DELETE", "faults")
        self._slack.control("PUT", "faults", LATENCY)
        returned = time.time()
        self._say("Slack is back")
        time.sleep(BACK_WITHIN + WINDOW)
        return self._verdict(kind, seconds, returned)

    def _verdict(self, kind: Fault, seconds: float, returned: float) -> OutageVerdict:
        times: dict[str, list[float]] = {team: [] for team in self._world.team_ids}
        for post in self._slack.control("GET", "ledger")["posts"]:
            if post["at"] > returned:
                times[post["team_id"]].append(post["at"] - returned)
        back = {team: _back_after(posts) for team, posts in times.items()}
        found = [after for after in back.values() if after is not None and after <= BACK_WITHIN]
        with connection.cursor() as cursor:
            cursor.execute(_UNKNOWN)
            unknown = [int(number) for (number,) in cursor.fetchall()]
        return OutageVerdict(
            outage=kind,
            seconds=seconds,
            lanes=len(times),
            lanes_away=len(times) - len(found),
            back_after_s=round(max(found, default=0.0), 1),
            unknown=sum(unknown),
            most_unknown_per_sender=max(unknown, default=0),
            senders=len(self._arena.senders),
        )


def _back_after(posts: list[float]) -> float | None:
    """When a lane had done its share of the pace over a whole window, in seconds."""
    wanted = int(PACE / 60 * WINDOW * SHARE)
    for first, last in zip(posts, posts[wanted - 1 :], strict=False):
        if last - first <= WINDOW:
            return last
    return None
