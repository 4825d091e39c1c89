"""What a sender remembers of one lane it holds; everything in it can be read again."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil, inf

from broadcasts.sending import learning, outage
from broadcasts.sending.learning import Pace
from broadcasts.sending.metadata import EventBudget
from broadcasts.sending.outage import LaneWatch, Window
from broadcasts.sending.pacing import Grant, Wish
from broadcasts.sending.riddles import Riddles
from broadcasts.sending.rows import Due, LaneNote, LaneRow, Ready
from broadcasts.sending.turns import Turns
from teams.answers import Answer, NotNow, Ok

type Place = tuple[datetime, int]

START: Place = (datetime.min.replace(tzinfo=UTC, year=1970), 0)
LEAST_IN_FLIGHT, MOST_IN_FLIGHT = 8, 64
# Before the first clear answer: enough to tell whether any comes.
MOST_UNHEARD = 3
# Connections are shared by all lanes: a workspace that never answers must not use them up.
MOST_UNANSWERED = 128
# After a page that came back empty, the same page is not asked for again for so long, at least.
EMPTY_SECONDS = 0.5
# Slots are asked for when fewer than this many seconds of them are left.
LOW_WATER_SECONDS = 0.3
# The row gets what was learned this often, and sooner only when the lane may be given up.
NOTE_SECONDS = 3.0
# Written again, though nothing changed: the next sender then takes it as fresh.
NOTE_ANYWAY_SECONDS = 30.0
# Behind its slots, a lane may post at this share of its interval, until it has caught up. What is
# more intervals late slides: Slack would see a burst of so many posts.
CATCH_UP, MOST_BEHIND = 0.8, 2
# A channel posted to within this long may be the one that Slack's next short wait is about.
JUST_USED_SECONDS = 3.0


@dataclass(slots=True)
class LaneState:
    """Times are the event loop's seconds."""

    row: LaneRow
    pace: Pace
    queue: Turns = field(default_factory=Turns)
    slots: deque[float] = field(default_factory=deque)
    in_hand: set[int] = field(default_factory=set)
    in_flight: int = 0
    unanswered: int = 0
    held_until: float = 0.0
    last_slot: float = 0.0
    # How late the slots have become; they and the last one are kept as they were granted.
    slid: float = 0.0
    last_write: float = 0.0
    # Its latest clear answer.
    heard_at: float = -inf
    interval: float = 0.0
    pages: dict[int | None, Place] = field(default_factory=dict)
    next_fetch: dict[int | None, float] = field(default_factory=dict)
    channel_used: dict[str, float] = field(default_factory=dict)
    weights: Mapping[int, int] = field(default_factory=dict)
    watch: LaneWatch = field(default_factory=lambda: LaneWatch.start(outage.RULES, 0.0))
    limited: int = 0
    noted_outage: bool = False
    noted_at: float = -inf
    noted_rate: float = 0.0
    riddles: Riddles = field(default_factory=Riddles)
    events: EventBudget = field(default_factory=EventBudget)

    @classmethod
    def take_up(
        cls,
        row: LaneRow,
        now: float,
        *,
        rules: learning.Rules = learning.RULES,
        outages: outage.Rules = outage.RULES,
    ) -> "LaneState":
        """A lane that this sender has just come to hold."""
        return cls(
            row,
            Pace.start(row.memory, now, rules),
            watch=LaneWatch.start(outages, now, in_outage=row.in_outage),
            noted_at=now,
            noted_rate=row.memory.rate,
            noted_outage=row.in_outage,
        )

    @property
    def busy(self) -> bool:
        return bool(self.in_hand or self.in_flight)

    def page_size(self, most: int) -> int:
        """Rows for three seconds of the pace."""
        return min(most, ceil(self.pace.rate / 20) + 1)

    def wants_rows(self, run: int | None, now: float, most: int) -> bool:
        """Whether less than a third of a page is in hand, and the next may be there."""
        return (
            self.held_until <= now
            and self.queue.of(run) <= self.page_size(most) // 3
            and self.next_fetch.get(run, 0.0) <= now
        )

    def was_empty(self, run: int | None) -> bool:
        """Whether the run's last page brought nothing."""
        return run in self.next_fetch

    def take(
        self, run: int | None, rows: list[Due], now: float, *, rest: float = EMPTY_SECONDS
    ) -> list[Due]:
        """The rows of one page that are new; moves the page on, or back to the start.

        An empty page is not asked for again for `rest` seconds.
        """
        if rows:
            self.pages[run] = (rows[-1].due_at, rows[-1].id)
            self.next_fetch.pop(run, None)
        else:
            # Rows given back lie behind the page: start over, a little later.
            self.pages.pop(run, None)
            self.next_fetch[run] = now + rest
        fresh = [row for row in rows if row.id not in self.in_hand]
        self.in_hand.update(row.id for row in fresh)
        return fresh

    def forget_runs(self, weights: Mapping[int, int]) -> None:
        """Drop what is in hand of runs that are no longer active; the weights of those that are."""
        self.weights = weights
        before = {one.due.id for one in self.queue}
        self.queue.keep(weights)
        self.in_hand -= before - {one.due.id for one in self.queue}
        for run in [run for run in self.pages if run is not None and run not in weights]:
            del self.pages[run]

    def wish(self, now: float, window: Window, most: int) -> Wish | None:
        """So many slots at most to ask for; None while enough are left or nothing may go."""
        if self.held_until > now or (
            self.slots and self.slots[-1] + self.slid > now + LOW_WATER_SECONDS
        ):
            return None
        a_second = ceil(self.pace.rate / 60) + 1
        share = window.room(self.pace.rate / 60, least=LEAST_IN_FLIGHT, most=MOST_IN_FLIGHT)
        if self.heard_at == -inf:
            share = MOST_UNHEARD
        room = min(share - self.in_flight, MOST_UNANSWERED - self.unanswered)
        slots = min(len(self.queue) - len(self.slots), a_second, room, most)
        if slots <= 0:
            return None
        return Wish(self.row.team, slots, self.pace.rate, self.row.paused_seconds)

    def add_slots(self, grant: Grant, now: float) -> None:
        """The interval holds from the last slot of the grants before.

        None are kept where a hold was heard of while they were asked for: their rows would be
        marked for nothing.
        """
        self.interval = grant.interval_seconds
        for channel, spoken_in in grant.spoken_in.items():
            used = self.channel_used.get(channel, -inf)
            self.channel_used[channel] = max(used, now + spoken_in)
        if self.held_until > now:
            return
        first = now + grant.wait_seconds - self.slid
        for number in range(grant.slots):
            slot = first + number * grant.interval_seconds
            slot = max(slot, self.last_slot + grant.interval_seconds)
            self.slots.append(slot)
            self.last_slot = slot

    def due_between(self, now: float, horizon: float) -> int:
        """For how many posts next_between() will give a row, if their channels are free."""
        if not self.slots or not self.queue or (first := self._next_slot(now)) > horizon:
            return 0
        fitting = 1 + int((horizon - first) / self.interval) if self.interval else len(self.slots)
        return min(fitting, len(self.slots), len(self.queue))

    def next_between(
        self,
        now: float,
        horizon: float,
        *,
        channel_interval: float,
        may_go: Callable[[int | None], bool],
    ) -> tuple[Ready, float] | None:
        """The next row whose channel and run are free and its slot, if one is due by the horizon.

        Slots that a late turn has missed are caught up with little by little, or slide; they never
        bunch: Slack would see a burst.
        """
        if not self.slots or not self.queue:
            return None
        slot = self._next_slot(now)
        if slot > horizon:
            return None
        used = self.channel_used

        def is_free(ready: Ready) -> bool:
            rested = used.get(ready.due.slack_id, -inf) + channel_interval
            return rested <= slot and may_go(ready.due.run)

        # Where nothing in hand may go the slot passes.
        late = slot - self.first_slot - MOST_BEHIND * self.interval
        self.slid += max(0.0, late)
        self.slots.popleft()
        ready = self.queue.next(self.weights, is_free)
        if ready is None:
            return None
        self.last_write = slot
        ready.channel_just_used = used.get(ready.due.slack_id, -inf) + JUST_USED_SECONDS > slot
        used[ready.due.slack_id] = slot
        return ready, slot

    @property
    def first_slot(self) -> float:
        """Of those granted; only where there are any."""
        return self.slots[0] + self.slid

    def _next_slot(self, now: float) -> float:
        return max(self.first_slot, now, self.last_write + self.interval * CATCH_UP)

    def hold(self, now: float, seconds: float) -> None:
        self.held_until = max(self.held_until, now + seconds)
        self.slots.clear()

    def learn(self, answer: Answer, sent_at: float, now: float, *, just_used: bool) -> None:
        """What an answer to a post says about the pace."""
        match answer:
            case Ok():
                self.pace.accepted(sent_at)
            case NotNow(is_rate_limit=True, wait=wait):
                self.limited += 1
                self.pace.limited(sent_at, now, wait=wait, channel_just_used=just_used)

    def renew(self, row: LaneRow, now: float, channel_interval: float) -> None:
        """The row as the database has it now; the pace stays ours."""
        self.row = row
        self.pace.cap(row.memory.ceiling, now)
        if row.paused_seconds > 0:
            self.hold(now, row.paused_seconds)
        self.forget_channels(now - max(channel_interval, JUST_USED_SECONDS))

    def forget_channels(self, oldest: float) -> None:
        """A run of a million people would leave as many behind."""
        self.channel_used = {
            channel: used for channel, used in self.channel_used.items() if used > oldest
        }

    def note(self, now: float, *, is_last: bool = False, all_held: bool = False) -> LaneNote | None:
        """What is to be written down of the lane now, if anything."""
        pace, waited = self.pace, now - self.noted_at
        in_outage = self.watch.gate.is_shut or all_held
        changed = (
            self.limited > 0
            or abs(pace.rate - self.noted_rate) > 0.5
            or in_outage != self.noted_outage
        )
        soon = NOTE_SECONDS if self.busy and not is_last else 0.0
        if waited < (soon if changed else NOTE_ANYWAY_SECONDS):
            return None
        is_bad = pace.bad_until > now
        return LaneNote(
            self.row.team,
            pace.rate,
            pace.bad_rate if is_bad else None,
            pace.bad_until - now if is_bad else None,
            self.limited,
            in_outage,
        )

    def noted(self, note: LaneNote, now: float) -> None:
        """It is stored."""
        self.limited -= note.limited
        self.noted_at, self.noted_rate, self.noted_outage = now, note.rate, note.in_outage

    def drop(self, delivery: int) -> None:
        self.in_hand.discard(delivery)

    def lose(self, due: Due) -> None:
        """The mark was refused: read the run's rows anew, should this one become due again."""
        self.in_hand.discard(due.id)
        self.pages.pop(due.run, None)

    def free(self) -> None:
        self.in_flight -= 1

    def forget(self) -> None:
        """After the database was away: nothing that was read before counts any more."""
        self.in_hand -= {one.due.id for one in self.queue}
        self.queue.clear()
        self.slots.clear()
        self.pages.clear()
        self.next_fetch.clear()
