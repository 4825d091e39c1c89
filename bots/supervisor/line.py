"""One connection of an app: opens, hands on what comes, and tells how it ended."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from bots.supervisor.courses import Meter
from bots.supervisor.endings import ENDED, FOREIGN, LOST, NO_HELLO, Ending, Why, refused, said
from bots.supervisor.intake import Event, Intake, event_in
from bots.supervisor.reconciling import Phase, Running, Wanted
from teams.answers import Ok
from teams.sockets import SocketClient, SocketModeRequest, ask_address

logger = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
# What is in hand when a connection is to close is finished within this: Slack waits no longer.
FINISH_SECONDS = 3.5
_numbers = count(1)


class Line:
    """`ending` is None as long as it lives; a line that leaves has the reason of its leaving."""

    def __init__(
        self, place: Wanted, intake: Intake, meter: Meter, nudge: Callable[[], None]
    ) -> None:
        """`nudge` is called when the line is to be looked at."""
        self.place = place
        self.number = next(_numbers)
        self.phase = Phase.OPENING
        self.since: datetime = timezone.now()
        self.ending: Ending | None = None
        self.leaving: Ending | None = None
        self.is_noted = False
        self._intake = intake
        self._meter = meter
        self._nudge = nudge
        self._opened_at: float | None = None
        self._client: SocketClient | None = None
        self._hello = asyncio.Event()
        self._in_hand = 0
        self._answering: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._open())

    @property
    def running(self) -> Running:
        place = self.place
        return Running(self.number, place.link, place.app, place.key, self.phase)

    @property
    def lived(self) -> float:
        """Seconds since it opened; 0 if it never did."""
        return 0.0 if self._opened_at is None else time.monotonic() - self._opened_at

    def look(self) -> None:
        """Notice that the line is gone."""
        is_gone = self._client is not None and not self._client.is_open
        if self.ending is None and self.phase is not Phase.OPENING and is_gone:
            self.ending = self.leaving or LOST

    async def close(self) -> None:
        """Finish what is in hand, then close."""
        self.ending = self.ending or ENDED
        self._task.cancel()
        deadline = time.monotonic() + FINISH_SECONDS
        while self._in_hand and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        if self._client is not None:
            await self._client.close()

    async def _open(self) -> None:
        try:
            ending = await self._try_to_open()
        except Exception as error:
            logger.exception("A connection could not be opened.")
            ending = Ending(Why.LOST, f"It could not be opened ({type(error).__name__}).")
        self.ending = self.ending or ending
        self._nudge()

    async def _try_to_open(self) -> Ending | None:
        answer = await ask_address(self.place.key[1])
        if not isinstance(answer, Ok):
            return refused(answer)
        self._client = SocketClient(str(answer.data.get("url")), self._hear, self._nudge)
        try:
            await self._client.connect()
            async with asyncio.timeout(HELLO_SECONDS):
                await self._hello.wait()
        except ConnectionError as error:
            return Ending(Why.LOST, str(error))
        except TimeoutError:
            return self.leaving or NO_HELLO
        return None

    def _hear(self, message: Mapping[str, Any]) -> None:
        """Every message of Slack's."""
        match message.get("type"):
            case _ if self.ending is FOREIGN:
                # Not acknowledged: Slack tells the app whose it is.
                return
            case "hello" if self._is_anothers(message):
                self._leave(FOREIGN)
            case "hello":
                self.phase = Phase.OPEN
                self.since, self._opened_at = timezone.now(), time.monotonic()
                self._hello.set()
            case "disconnect":
                self._leave(said(str(message.get("reason"))))
            case _:
                self._meter.count(time.monotonic(), timezone.now())
                self._take(message)

    def _is_anothers(self, hello: Mapping[str, Any]) -> bool:
        """Whether Slack greets another app than the one that this place is for."""
        about = hello.get("connection_info")
        greeted = about.get("app_id") if isinstance(about, Mapping) else None
        ours, _ = self.place.key
        return bool(ours and greeted) and greeted != ours

    def _leave(self, ending: Ending) -> None:
        """Slack means to end this line; where another one follows, it may still send something."""
        self.leaving = self.leaving or ending
        if ending.why is not Why.REFRESH or self.phase is Phase.OPENING:
            self.ending = self.ending or ending
            self._hello.set()
        self.phase = Phase.LEAVING
        self._nudge()

    def _take(self, message: Mapping[str, Any]) -> None:
        """An event goes on without more ado: they are nearly all there is."""
        client, payload = self._client, message.get("payload")
        if client is None:
            return
        if message.get("type") == "events_api" and event_in(payload):
            self._in_hand += 1
            app, (app_id, _) = self.place.app, self.place.key
            envelope_id, now = str(message.get("envelope_id")), time.monotonic()
            self._intake.keep(Event(app, app_id, payload, envelope_id, client, now, self._done))
        elif request := SocketModeRequest.from_dict(dict(message)):
            self._in_hand += 1
            task = asyncio.create_task(self._answer(client, request))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, client: SocketClient, request: SocketModeRequest) -> None:
        try:
            if request.type in ("slash_commands", "interactive"):
                await self._intake.answer(self.place.app, client, request)
            else:
                logger.warning("Acknowledged, and not understood: %s.", request.type)
                await client.acknowledge(request.envelope_id)
        except Exception:
            logger.exception("A %s envelope could not be answered.", request.type)
        finally:
            self._done()

    def _done(self) -> None:
        self._in_hand -= 1
