"""Signed requests to an app, and Slack's schedule of retries for events.

Rules: an answer within 3 s, two redirects at most, three retries (nearly at once, after a minute,
after five), none when the app says `x-slack-no-retry: 1`.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from sandbox.clock import Clock
from sandbox.world.apps import Installation, SlackApp
from sandbox.world.workspace import Doc

ACK_SECONDS = 3.0
RETRY_AFTER = (0.5, 60.0, 300.0)
REDIRECTS = 2
BODY_KEPT = 1024
"""Bytes of an app's answer that are kept for whoever asks what it said."""
AT_ONCE = 64
"""Events under way to all apps together; waiting for a turn is not held against the app."""
_REDIRECTING = {301, 302, 303, 307, 308}


@dataclass(slots=True)
class Attempt:
    """One request; `status` is 0 when no answer came, `reason` Slack's word for a failure."""

    status: int
    at: float
    reason: str | None
    body: str = ""


@dataclass(slots=True)
class Delivery:
    """One event on its way to one app."""

    event_id: str
    type: str
    team_id: str
    app_id: str
    attempts: list[Attempt] = field(default_factory=list)


class Deliveries:
    """Sends events and interactions; remembers how each event fared."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self.log: list[Delivery] = []

    def send(
        self,
        installation: Installation,
        event: Doc,
        *,
        event_id: str | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> str:
        """Deliver one event in the background; `wanted` is asked again before each retry."""
        app = installation.app
        event_id = event_id or new_event_id()
        delivery = Delivery(
            event_id, str(event.get("type")), installation.workspace.team_id, app.app_id
        )
        self._start(app, delivery, envelope(installation, event, event_id), wanted)
        return event_id

    def send_bare(self, installation: Installation, document: Doc) -> None:
        """Deliver a document that is no event: it has no envelope and no id."""
        app, team_id = installation.app, installation.workspace.team_id
        delivery = Delivery("", str(document.get("type")), team_id, app.app_id)
        self._start(app, delivery, document, lambda: True)

    def _start(
        self, app: SlackApp, delivery: Delivery, document: Doc, wanted: Callable[[], bool]
    ) -> None:
        self.log.append(delivery)
        if app.request_url:
            body = json.dumps(document).encode()
            task = asyncio.create_task(self._deliver(app, delivery, body, wanted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self, app: SlackApp, delivery: Delivery, body: bytes, wanted: Callable[[], bool]
    ) -> None:
        headers = {"Content-Type": "application/json"}
        for number, wait in enumerate((*RETRY_AFTER, 0.0)):
            async with self._turns:
                attempt, stop = await self.request(app, body, headers)
            delivery.attempts.append(attempt)
            if attempt.reason is None or stop or number == len(RETRY_AFTER):
                return
            await self._clock.sleep(wait)
            if not wanted():
                return
            headers["X-Slack-Retry-Num"] = str(number + 1)
            headers["X-Slack-Retry-Reason"] = attempt.reason

    async def request(
        self, app: SlackApp, body: bytes, headers: dict[str, str]
    ) -> tuple[Attempt, bool]:
        """One signed request; the second value is True when the app asked for no retry."""
        at = time.time()
        headers = headers | signature(app.signing_secret, body)
        try:
            async with asyncio.timeout(ACK_SECONDS):
                return await self._post(app.request_url or "", body, headers, at)
        except TimeoutError:
            return Attempt(0, at, "http_timeout"), False
        except aiohttp.ClientSSLError:
            return Attempt(0, at, "ssl_error"), False
        except (aiohttp.ClientError, OSError):
            return Attempt(0, at, "connection_failed"), False

    async def _post(
        self, url: str, body: bytes, headers: dict[str, str], at: float
    ) -> tuple[Attempt, bool]:
        for _ in range(REDIRECTS + 1):
            async with self._client().post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status in _REDIRECTING and "Location" in answer.headers:
                    url = str(answer.url.join(URL(answer.headers["Location"])))
                    continue
                reason = None if 200 <= answer.status < 300 else "http_error"
                text = (await answer.content.read(BODY_KEPT)).decode(errors="replace")
                stop = answer.headers.get("x-slack-no-retry") == "1"
                return Attempt(answer.status, at, reason, text), stop
        return Attempt(answer.status, at, "too_many_redirects"), False

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                headers={"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"},
            )
        return self._session

    def clear(self) -> None:
        """Forget all events, also those that wait for a retry."""
        for task in self._tasks:
            task.cancel()
        self.log.clear()

    async def close(self) -> None:
        self.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()


def new_event_id() -> str:
    return "Ev" + secrets.token_hex(6).upper()


def envelope(installation: Installation, event: Doc, event_id: str) -> Doc:
    """What Slack wraps around an event."""
    workspace = installation.workspace
    enterprise_id = workspace.enterprise_id
    return {
        "token": "verification-tokens-are-deprecated",
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": enterprise_id,
        "api_app_id": installation.app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": enterprise_id,
                "team_id": workspace.team_id,
                "user_id": installation.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def signature(secret: str, body: bytes) -> dict[str, str]:
    """The headers by which an app knows that a request comes from Slack."""
    timestamp = str(int(time.time()))
    signed = f"v0:{timestamp}:".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}
