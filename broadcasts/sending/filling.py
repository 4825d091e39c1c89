"""Keeps the lanes' next rows in hand: reads them a page at a time, and composes them.

What is in hand is bounded, for one lane and for all of them: of ten thousand lanes each has a few.
"""

import logging
from collections.abc import Collection, Mapping

from broadcasts.rendering import RenderError
from broadcasts.sending.composing import compose
from broadcasts.sending.lane import EMPTY_SECONDS, START, LaneState
from broadcasts.sending.rounds import seconds_between
from broadcasts.sending.rows import Due, Page, Ready, RunContent
from broadcasts.sending.thread import LedgerThread

logger = logging.getLogger(__name__)

# Rows in hand over all lanes, and of one run in one lane at most and at least.
IN_HAND = 8_000
MOST, LEAST = 50, 4
# Rows asked for in one turn: composing more would make the next marks late.
A_TURN = 500
NOT_COMPOSED = "This hub could not compose the message; its log has the fault."


class Filler:
    def __init__(self, ledger: LedgerThread) -> None:
        self._ledger = ledger

    async def fill(
        self,
        lanes: Collection[LaneState],
        runs: Mapping[int, RunContent],
        now: float,
        *,
        all_lanes: int,
    ) -> None:
        """Read the next due rows of those lanes that run low, the emptiest first."""
        most = max(LEAST, min(MOST, IN_HAND // max(1, all_lanes)))
        pages = {(page.team, page.run): page for page in self._pages(lanes, runs, now, most=most)}
        if not pages:
            return
        found = await self._ledger.run(lambda ledger: ledger.fetch(list(pages.values())))
        by_page: dict[tuple[int, int | None], list[Due]] = {key: [] for key in pages}
        for due in found:
            by_page[due.team, due.run].append(due)
        rest = seconds_between(EMPTY_SECONDS, all_lanes)
        by_team = {lane.row.team: lane for lane in lanes}
        for (team, run), rows in by_page.items():
            lane = by_team[team]
            content = runs.get(run) if run else None
            taken = lane.take(run, rows, now, rest=rest)
            lane.queue.add(run, [_compose(lane, due, content, now) for due in taken])

    def _pages(
        self,
        lanes: Collection[LaneState],
        runs: Mapping[int, RunContent],
        now: float,
        *,
        most: int,
    ) -> list[Page]:
        wanting = [
            (lane.queue.of(run), lane, run)
            for lane in lanes
            for run in (None, *runs)
            if lane.wants_rows(run, now, most)
        ]
        wanting.sort(key=lambda one: one[0])
        pages: list[Page] = []
        rows = 0
        for _, lane, run in wanting:
            if rows >= A_TURN:
                break
            limit = lane.page_size(most)
            pages.append(Page(lane.row.team, run, *lane.pages.get(run, START), limit))
            rows += 0 if lane.was_empty(run) else limit
        return pages


def _compose(lane: LaneState, due: Due, content: RunContent | None, now: float) -> Ready:
    told = lane.events.take(now)
    try:
        return Ready(due, compose(due, content, lane=lane.row, told=told), told=told)
    except RenderError as error:
        return Ready(due, b"", refusal=str(error))
    except Exception:
        # One row that nobody foresaw must not stop every lane.
        logger.exception("Delivery %s cannot be composed", due.id)
        return Ready(due, b"", refusal=NOT_COMPOSED)
