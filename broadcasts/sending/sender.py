"""One sender: many lanes on one event loop, one ledger thread, one connection pool.

A turn settles what was answered and marks what comes next in one commit, a moment ahead of each
post's slot; the posts leave at their slots. Everything here can be lost: rows and leases say what
is to be done, and a mark whose request never left is given back or swept to `unknown`.
"""

import asyncio
import logging
from collections.abc import Collection

import psycopg
from django.conf import settings
from redis.exceptions import RedisError

from broadcasts.sending import outcome
from broadcasts.sending.canaries import Canaries
from broadcasts.sending.choosing import Chooser
from broadcasts.sending.ending import Ending
from broadcasts.sending.filling import Filler
from broadcasts.sending.lane import LaneState
from broadcasts.sending.leases import Leases
from broadcasts.sending.outage import Outage, Window
from broadcasts.sending.pacing import Pacer
from broadcasts.sending.posts import Posts
from broadcasts.sending.rounds import Rounds, seconds_between
from broadcasts.sending.rows import Due, LaneNote, Ready, RunContent
from broadcasts.sending.rules import SenderRules
from broadcasts.sending.stored import Stored
from broadcasts.sending.thread import LedgerThread
from teams.poster import CONNECTIONS, Poster, boottime

logger = logging.getLogger(__name__)

TURN_SECONDS = 0.03
IDLE_TURN_SECONDS = 0.1
BEAT_SECONDS = 1.0
# Ended when there is nothing to serve for so long; ensure_senders() starts another in time.
IDLE_SECONDS = 30.0
# A request must begin within this of its mark: after that another process may sweep the mark.
MARK_VALID_SECONDS = 5.0
# Answers of the last minute are asserted again when the database comes back.
REMEMBER_SECONDS = 60.0
LONGEST_PAUSE = 5.0
# What may be under way at once before anything is known of Slack's latency.
LEAST_UNDER_WAY = 64


class Sender:
    """Runs until stop() or until there has been nothing to do for a while."""

    def __init__(self, leases: Leases, poster: Poster, pacer: Pacer, *, rules: SenderRules) -> None:
        self._leases = leases
        self._rules = rules
        self._pacer = pacer
        self._ledger = LedgerThread(leases.sender.id)
        self._canaries = Canaries()
        self._outage = Outage(rules.doubt, Window(LEAST_UNDER_WAY, CONNECTIONS))
        self._posts = Posts(
            poster,
            pacer,
            self._ledger,
            canaries=self._canaries,
            outage=self._outage,
            open_lanes=self._open_lanes,
        )
        self._chooser = Chooser(self._posts, self._outage, self._canaries)
        self._filler = Filler(self._ledger)
        self._rounds = Rounds()
        self._lanes: dict[int, LaneState] = {}
        self._runs: dict[int, RunContent] = {}
        self._stored = Stored()
        self._stopping = asyncio.Event()
        self._next_beat = 0.0
        self._next_grant = 0.0
        self._pause = 0.0

    def stop(self) -> None:
        """No new marks; unwritten ones go back to ready, answers are awaited."""
        self._stopping.set()
        self._posts.stop()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        last_work = loop.time()
        try:
            while not self._stopping.is_set() and loop.time() - last_work < IDLE_SECONDS:
                await self._turn_safely()
                if self._lanes:
                    last_work = loop.time()
                await self._sleep(TURN_SECONDS if self._lanes else IDLE_TURN_SECONDS)
        finally:
            self.stop()
            await self._drain()
            await self._ledger.close()

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds + self._pause)
        except TimeoutError:
            return

    async def _turn_safely(self) -> None:
        """A turn that survives any fault: no marks for a while, then everything is read anew."""
        try:
            await self._turn()
            self._pause = 0.0
        except psycopg.OperationalError as error:
            logger.warning("The database is away, nothing is posted: %s", error)
            await self._start_over()
        except Exception:
            # Ending here would lose the answers in hand, and the next sender would do no better.
            logger.exception("A turn failed, nothing is posted until the next")
            await self._start_over()

    async def _start_over(self) -> None:
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or 0.5)
        await self._ledger.disconnect()
        for lane in self._lanes.values():
            lane.forget()
        # Whether the last commits happened is unknown: say again what Slack answered.
        self._posts.put_back([*self._stored])
        self._stored.clear()

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._outage.is_cut_off and not self._outage.gate.lets_pass(now):
            await self._hand_back(now)
            await self._exchange()
            return
        if now >= self._next_beat:
            await self._beat(now)
            self._next_beat = now + seconds_between(BEAT_SECONDS, len(self._lanes))
        lanes = self._rounds.next(self._lanes, waiting=self._chooser.waiting)
        await self._filler.fill(lanes, self._runs, now, all_lanes=len(self._lanes))
        await self._ask_slots(lanes)
        await self._exchange()

    async def _beat(self, now: float) -> None:
        busy = [team for team, lane in self._lanes.items() if lane.busy]
        notes = self._notes(now)
        rows, self._runs = await self._ledger.run(
            lambda ledger: self._leases.beat(ledger.connection, busy, notes)
        )
        for note in notes:
            self._lanes[note.team].noted(note, now)
        self._canaries.renew([run.run for run in self._runs.values() if run.accepted])
        weights = {run.run: run.weight for run in self._runs.values()}
        old = self._lanes
        self._lanes = {}
        for row in rows:
            lane = old.get(row.team) or LaneState.take_up(
                row, now, rules=self._rules.pace, outages=self._rules.doubt
            )
            lane.renew(row, now, settings.CHANNEL_INTERVAL)
            lane.forget_runs(weights)
            self._lanes[row.team] = lane
        self._rounds.renew(self._lanes)
        if self._outage.asks_for_others:
            count = await self._ledger.run(
                lambda ledger: self._leases.count_outages(ledger.connection)
            )
            self._outage.lanes_held(count, now)
        self._stored.forget(now - REMEMBER_SECONDS)

    def _notes(self, now: float, *, are_last: bool = False) -> list[LaneNote]:
        lanes, all_held = self._lanes.values(), self._outage.gate.is_shut
        notes = (lane.note(now, is_last=are_last, all_held=all_held) for lane in lanes)
        return [note for note in notes if note]

    def _open_lanes(self) -> None:
        """Slack is back."""
        for lane in self._lanes.values():
            lane.watch.open()

    async def _hand_back(self, now: float) -> None:
        """Without a connection to Slack the lanes are better off with somebody else."""
        if self._lanes:
            logger.warning("Slack cannot be reached from here: the lanes are handed back")
            notes = self._notes(now, are_last=True)
            await self._ledger.run(lambda ledger: self._leases.leave(ledger.connection, notes))
            self._lanes = {}
            self._rounds.renew(self._lanes)
            self._next_beat = now

    def _content(self, due: Due) -> RunContent | None:
        return self._runs.get(due.run) if due.run else None

    async def _ask_slots(self, lanes: Collection[LaneState]) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now < self._next_grant:
            return
        window = self._outage.window
        most = self._rounds.slots_each(len(self._lanes))
        wishes = [wish for lane in lanes if (wish := lane.wish(now, window, most))]
        if not wishes:
            return
        try:
            grants = await self._pacer.grant(wishes)
        except RedisError as error:
            logger.warning("Redis is away, lanes wait for their slots: %s", error)
            self._next_grant = now + 1.0
            return
        for team, grant in grants.items():
            self._lanes[team].add_slots(grant, loop.time())
        self._rounds.granted(grants.keys())

    async def _exchange(self) -> None:
        """One commit: what was answered, and the marks of the posts whose slots come up."""
        loop = asyncio.get_running_loop()
        self._posts.hush()
        chosen = []
        if not self._stopping.is_set():
            chosen = self._chooser.choose(
                self._rounds.with_slots(self._lanes),
                loop.time(),
                channel_interval=settings.CHANNEL_INTERVAL,
            )
        settlements = self._posts.take_settlements()
        if not (chosen or settlements):
            return
        marked_at = boottime()
        wanted = [ready.due for _, ready, _ in chosen]
        canaries = [due.id for due in wanted if self._canaries.is_one(due.run)]
        try:
            marked = await self._ledger.run(
                lambda ledger: ledger.exchange(settlements, wanted, canaries)
            )
        except Exception:
            # Marked or not, none of them will be posted by these marks.
            self._posts.put_back([*settlements, *map(outcome.give_back, wanted)])
            for lane, ready, _ in chosen:
                self._lose(lane, ready)
            raise
        now = loop.time()
        self._stored.add(settlements, now)
        self._stored.marked(marked)
        for lane, ready, slot in chosen:
            if ready.due.id in marked:
                content, deadline = self._content(ready.due), marked_at + MARK_VALID_SECONDS
                self._posts.schedule(lane, ready, content, slot=slot, deadline=deadline)
            else:
                self._lose(lane, ready)

    def _lose(self, lane: LaneState, ready: Ready) -> None:
        due = ready.due
        lane.lose(due)
        self._posts.end_try(lane, ready)
        if due.run is not None:
            self._canaries.refused(due.run, asyncio.get_running_loop().time())

    async def _drain(self) -> None:
        """Await the answers under way, settle them, give the lanes up."""
        loop = asyncio.get_running_loop()
        await Ending(self._posts, self._ledger, self._exchange, self._stored).drain()
        try:
            notes = self._notes(loop.time(), are_last=True)
            await self._ledger.run(lambda ledger: self._leases.leave(ledger.connection, notes))
        except psycopg.Error as error:
            logger.warning("The database is away, leases run out by themselves: %s", error)
