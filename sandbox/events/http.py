"""Signed requests to an app's request URL.

Rules: an answer within 3 s, two redirects at most; an app that says `x-slack-no-retry: 1` does
not want that event again.
"""

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from sandbox.events.parcels import ACK_SECONDS, Attempt, Parcel, ParcelKind, Retry
from sandbox.world.apps import SlackApp

REDIRECTS = 2
BODY_KEPT = 1024
"""Bytes of the answer to an event that are kept for whoever asks what it said."""
_REDIRECTING = {301, 302, 303, 307, 308}
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


class HttpTransport:
    """One pool of connections to all request URLs."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, app: SlackApp, parcel: Parcel, retry: Retry | None = None
    ) -> tuple[Attempt, bool]:
        """One signed request; the second value is True when the app asked for no retry."""
        at = time.time()
        url = app.options_load_url if parcel.wants_options else app.request_url
        if parcel.wants_options and not url:
            return Attempt(0, at, "no_options_load_url"), False
        body, headers = _encoded(parcel)
        headers |= signature(app.signing_secret, body)
        if retry:
            headers["X-Slack-Retry-Num"] = str(retry.number)
            headers["X-Slack-Retry-Reason"] = retry.reason
        most = BODY_KEPT if parcel.kind is ParcelKind.EVENT else None
        request = _Request(url or "", body, headers, most)
        try:
            async with asyncio.timeout(ACK_SECONDS):
                return await self._post(request, at)
        except TimeoutError:
            return Attempt(0, at, "http_timeout"), False
        except aiohttp.ClientSSLError:
            return Attempt(0, at, "ssl_error"), False
        except (aiohttp.ClientError, OSError):
            return Attempt(0, at, "connection_failed"), False

    async def _post(self, request: "_Request", at: float) -> tuple[Attempt, bool]:
        url = request.url
        for _ in range(REDIRECTS + 1):
            async with self._client().post(
                url, data=request.body, headers=request.headers, allow_redirects=False
            ) as answer:
                if answer.status in _REDIRECTING and "Location" in answer.headers:
                    url = str(answer.url.join(URL(answer.headers["Location"])))
                    continue
                reason = None if 200 <= answer.status < 300 else "http_error"
                text = (await answer.read())[: request.most].decode(errors="replace")
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

    async def close(self) -> None:
        if self._session:
            await self._session.close()


class _Request:
    """One request on its way through redirects; `most` bytes of its answer are kept."""

    def __init__(self, url: str, body: bytes, headers: dict[str, str], most: int | None) -> None:
        self.url, self.body, self.headers, self.most = url, body, headers, most


def _encoded(parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    """Events go as JSON, commands as a form, interactions as JSON inside a form."""
    if parcel.kind is ParcelKind.EVENT:
        return json.dumps(parcel.document).encode(), {"Content-Type": _JSON}
    if parcel.kind is ParcelKind.COMMAND:
        form = {key: value for key, value in parcel.document.items() if value is not None}
    else:
        form = {"payload": json.dumps(parcel.document)}
    return urlencode(form).encode(), {"Content-Type": _FORM}


def signature(secret: str, body: bytes) -> dict[str, str]:
    """The headers by which an app knows that a request comes from Slack."""
    timestamp = str(int(time.time()))
    signed = f"v0:{timestamp}:".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}
