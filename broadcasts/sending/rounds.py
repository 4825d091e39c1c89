"""Which lanes a turn looks at, and how much each of them may ask for.

All of them while they are few. Of many the next ones, in a round: a turn stays short, every lane
gets its turn before any gets its second, and what is planned ahead stays within what can be posted.
"""

from collections import deque
from collections.abc import Collection, Mapping

from broadcasts.sending.lane import LaneState

FEW, A_TURN = 500, 150
# Slots asked for at once, over all lanes of a round.
SLOTS = 4_000
# Seconds between two beats, and between two looks for posts outside of broadcasts where there were
# none: they cost for each lane, and so are rarer the more there are.
LANES_A_SECOND = 2_000
LONGEST_SECONDS = 5.0


def seconds_between(least: float, lanes: int) -> float:
    """How long to wait before all lanes are looked at again in the database."""
    return max(least, min(LONGEST_SECONDS, lanes / LANES_A_SECOND))


class Rounds:
    """The order of the lanes of one sender."""

    def __init__(self) -> None:
        self._order: deque[int] = deque()
        # Those that have slots, of the lanes looked at so far.
        self._slotted: set[int] = set()

    def renew(self, lanes: Mapping[int, LaneState]) -> None:
        """New lanes come last."""
        known = set(self._order)
        self._order = deque(team for team in self._order if team in lanes)
        self._order.extend(team for team in lanes if team not in known)
        self._slotted = {team for team, lane in lanes.items() if lane.slots}

    def next(self, lanes: Mapping[int, LaneState], *, waiting: int) -> Collection[LaneState]:
        """None of many while so many are waiting to post that they fill the next turn."""
        if len(lanes) <= FEW:
            return lanes.values()
        if waiting >= FEW:
            return ()
        chosen = [self._order[place] for place in range(A_TURN)]
        self._order.rotate(-A_TURN)
        return [lanes[team] for team in chosen]

    def slots_each(self, lanes: int) -> int:
        return max(1, SLOTS // max(1, lanes))

    def granted(self, teams: Collection[int]) -> None:
        self._slotted.update(teams)

    def with_slots(self, lanes: Mapping[int, LaneState]) -> list[LaneState]:
        found = [lanes[team] for team in self._slotted if lanes[team].slots]
        self._slotted = {lane.row.team for lane in found}
        return found
