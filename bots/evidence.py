"""The short way in for Slack's events about our own posts, of which each post may return one.

The signature, the app and the workspace are checked; Bolt, the inbox and Django's other middleware
are spared. What is not told for certain takes the ordinary way, through the inbox.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import Event, Lock
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse

from bots.intake import is_genuine
from broadcasts.evidence import Proof, delivery_in, is_place, settle
from broadcasts.sending.ledger import Ledger
from teams.models import SlackApp

EVENT = "message_metadata_posted"
_MARK = EVENT.encode()
_PREFIX, _SUFFIX = "/slack/", "/events"
# Staff's changes to an app are seen after so many seconds.
APP_KEPT = 5.0
# Slack waits for three seconds; then the event comes again.
TURN_SECONDS = 2.0
GATHER_STEPS, GATHER_STEP_SECONDS = 6, 0.004


def proof_in(body: Mapping[str, Any], slack_app: SlackApp) -> Proof | None:
    """What an event_callback about a post of this very app proves; None for anything else."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") != EVENT:
        return None
    if not event.get("app_id") == body.get("api_app_id") == slack_app.app_id:
        return None
    delivery = delivery_in(event.get("metadata"))
    channel, ts = event.get("channel_id"), event.get("message_ts")
    if delivery is None or not is_place(channel, ts):
        return None
    return Proof(
        delivery=delivery,
        slack_app=slack_app.pk,
        team_id=str(event.get("team_id") or body.get("team_id") or ""),
        enterprise_id=str(body.get("context_enterprise_id") or body.get("enterprise_id") or ""),
        channel=str(channel),
        ts=str(ts),
    )


def settle_kept(body: Mapping[str, Any], slack_app: SlackApp) -> None:
    """The ordinary way: what the inbox has kept."""
    proof = proof_in(body, slack_app)
    if proof is not None:
        connection.ensure_connection()
        settle(connection.connection, [proof])


class _Entry:
    """A request that waits until its proof is kept, or until it is its turn to write."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self.is_kept: bool | None = None
        self.leads = False
        self.woken = Event()


class Turns:
    """Requests that come at the same time go to the database together: one writes for them all."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[_Entry] = deque()
        self._is_led = False
        self._ledger = Ledger()

    def keep(self, proof: Proof) -> bool:
        """Whether it is committed; False when the database did not do it in time."""
        entry = _Entry(proof)
        with self._lock:
            self._waiting.append(entry)
            entry.leads = not self._is_led
            self._is_led = True
        if not entry.leads:
            entry.woken.wait(TURN_SECONDS)
        with self._lock:
            leads = entry.leads and entry.is_kept is None
            if not leads and entry in self._waiting:
                self._waiting.remove(entry)
        if leads:
            try:
                self._gather()
                self._write()
            finally:
                self._hand_over()
        return entry.is_kept is True

    def close(self) -> None:
        self._ledger.close()

    def _gather(self) -> None:
        """Wait while more come in: twenty at once cost the database hardly more than one.

        Meanwhile their senders settle most of them, and nothing is left to be written.
        """
        seen = 0
        for _ in range(GATHER_STEPS):
            if len(self._waiting) == seen:
                return
            seen = len(self._waiting)
            time.sleep(GATHER_STEP_SECONDS)

    def _write(self) -> None:
        with self._lock:
            entries = list(self._waiting)
            self._waiting.clear()
        is_kept = False
        try:
            settle(self._ledger.connection, [entry.proof for entry in entries])
            is_kept = True
        except (psycopg.Error, OSError):
            # Whatever it was, the ordinary way meets it too, and says it.
            self._ledger.close()
        finally:
            for entry in entries:
                entry.is_kept = is_kept
                entry.woken.set()

    def _hand_over(self) -> None:
        """To the first of those who came in meanwhile."""
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].woken.set()


turns = Turns()


class EvidenceMiddleware:
    """Answers what `proof_in` understands; everything else goes on, its body unread or kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._apps: dict[str, tuple[float, SlackApp]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(_PREFIX) and path.endswith(_SUFFIX) and request.method == "POST":
            proof = self._proof(request, path[len(_PREFIX) : -len(_SUFFIX)])
            if proof is not None and turns.keep(proof):
                return HttpResponse(headers={"Content-Length": "0"})
        return self._get_response(request)

    def _proof(self, request: HttpRequest, slug: str) -> Proof | None:
        body = request.body
        if _MARK not in body:
            return None
        slack_app = self._app(slug)
        if slack_app is None or not slack_app.signing_secret.strip():
            return None
        headers = {
            "X-Slack-Request-Timestamp": request.META.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""),
            "X-Slack-Signature": request.META.get("HTTP_X_SLACK_SIGNATURE", ""),
        }
        if not is_genuine(slack_app.signing_secret, body, headers):
            return None
        try:
            document = json.loads(body)
        except (RecursionError, ValueError):
            return None
        is_event = isinstance(document, dict) and document.get("type") == "event_callback"
        return proof_in(document, slack_app) if is_event else None

    def _app(self, slug: str) -> SlackApp | None:
        """Read anew every few seconds: decrypting its secret costs more than the rest."""
        now = time.monotonic()
        read_at, kept = self._apps.get(slug, (0.0, None))
        if kept and now < read_at + APP_KEPT:
            return kept
        slack_app = SlackApp.objects.enabled().filter(slug=slug).first()
        # Anybody can ask for any slug: only apps that there are take room.
        if slack_app:
            self._apps[slug] = now, slack_app
        else:
            self._apps.pop(slug, None)
        return slack_app
