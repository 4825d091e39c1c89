"""Which rows are marked next: those whose slots come up, as far as everything else lets them."""

from collections.abc import Collection
from dataclasses import dataclass

from broadcasts.sending.canaries import Canaries
from broadcasts.sending.lane import LaneState
from broadcasts.sending.outage import Outage
from broadcasts.sending.posts import Posts
from broadcasts.sending.rows import Ready

# Marks are made so far ahead of their slots: a turn and its commit. A request leaves within a tenth
# of a second of its mark, so that a sender which dies leaves few in doubt.
AHEAD_SECONDS = 0.08


@dataclass(slots=True)
class Chooser:
    posts: Posts
    outage: Outage
    canaries: Canaries
    # Posts that found no room in the last turn.
    waiting: int = 0

    def choose(
        self, all_lanes: Collection[LaneState], now: float, *, channel_interval: float
    ) -> list[tuple[LaneState, Ready, float]]:
        """The rows whose slots come up, no more than there are open connections for them.

        A marked row that waits for a connection could outlive its mark. Where not all can go, the
        lanes go first whose slots have waited longest.
        """

        def may_go(run: int | None) -> bool:
            return self.canaries.may_go(run, now)

        horizon = now + AHEAD_SECONDS
        lanes = [lane for lane in all_lanes if lane.slots and self._is_free(lane, now)]
        self.outage.window.turn(now)
        in_flight = self.posts.in_flight - self.posts.stuck()
        room = max(0, self.outage.window.size - in_flight)
        due = sum(lane.due_between(now, horizon) for lane in lanes)
        room = min(room, self.posts.reserve(min(room, due)))
        chosen: list[tuple[LaneState, Ready, float]] = []
        for lane in sorted(lanes, key=lambda lane: lane.first_slot):
            while len(chosen) < room and self._is_free(lane, now):
                one = lane.next_between(
                    now, horizon, channel_interval=channel_interval, may_go=may_go
                )
                if one is None:
                    break
                chosen.append((lane, *one))
                self._send_out(lane, one[0], now)
        self.waiting = due - len(chosen)
        return chosen

    def _is_free(self, lane: LaneState, now: float) -> bool:
        hub, gate = self.outage.gate, lane.watch.gate
        return hub.lets_pass(now) and (hub.is_shut or gate.lets_pass(now))

    def _send_out(self, lane: LaneState, ready: Ready, now: float) -> None:
        """Remember what hangs on this post: a gate's try, a run's canary."""
        ready.chosen_at = now
        for gate in (self.outage.gate, lane.watch.gate):
            if gate.is_shut:
                gate.is_tried = ready.is_try = True
        if (run := ready.due.run) is not None and self.canaries.is_one(run):
            self.canaries.sent_out(run, now)
