"""The short way in for Slack's events about our own posts, of which each post may return one.

The signature, the app and the workspace are checked; Django, Bolt and the inbox are spared. What is
not told for certain takes the ordinary way, through the inbox.
"""

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from threading import Event, Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import psycopg
from django.db import DatabaseError, close_old_connections, connection

from bots.intake import is_genuine
from bots.known_apps import KnownApps
from broadcasts.evidence import Proof, delivery_in, hub_in, is_place, settle
from broadcasts.sending.ledger import Ledger
from teams.grant import clean
from teams.models import SlackApp

EVENT = "message_metadata_posted"
_MARK = EVENT.encode()
_PREFIX, _SUFFIX = "/slack/", "/events"
LONGEST_BODY = 65_536
# Slack waits for three seconds; then the event comes again.
TURN_SECONDS = 2.0
# No more than the threads of a web process, all of which may wait.
ENOUGH, GATHER_SECONDS = 8, 0.025


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
        team_id=clean(event.get("team_id") or body.get("team_id")),
        enterprise_id=clean(body.get("context_enterprise_id") or body.get("enterprise_id")),
        channel=str(channel),
        ts=str(ts),
        hub=hub_in(event.get("metadata")),
    )


def settle_kept(body: Mapping[str, Any], slack_app: SlackApp) -> None:
    """The ordinary way: what the inbox has kept."""
    proof = proof_in(body, slack_app)
    if proof is not None:
        settle_by_django([proof])


def settle_by_django(proofs: Sequence[Proof]) -> None:
    """On Django's connection and with its errors: by them the callers know that it is gone."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        settle(connection.connection, proofs)


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
        self._are_enough = Event()
        self._is_led = False
        self._ledger = Ledger()

    def keep(self, proof: Proof) -> bool:
        """Whether it is committed; False when the database did not do it in time."""
        entry = _Entry(proof)
        with self._lock:
            self._waiting.append(entry)
            if len(self._waiting) >= ENOUGH:
                self._are_enough.set()
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
        """Wait for more: eight at once cost the database hardly more than one.

        Meanwhile their senders settle most of them, and nothing is left to be written.
        """
        self._are_enough.wait(GATHER_SECONDS)

    def _write(self) -> None:
        with self._lock:
            entries = list(self._waiting)
            self._waiting.clear()
            self._are_enough.clear()
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


class EvidenceIntake:
    """Answers what `proof_in` understands, before Django; everything else goes on to it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._apps = KnownApps()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(_PREFIX) and path.endswith(_SUFFIX):
            body = _read(environ)
            proof = self._proof(path[len(_PREFIX) : -len(_SUFFIX)], body, environ)
            if proof is not None and turns.keep(proof):
                start_response("200 OK", [("Content-Length", "0")])
                return ()
        return self._application(environ, start_response)

    def _proof(self, slug: str, body: bytes, environ: WSGIEnvironment) -> Proof | None:
        slack_app = self._app(slug) if _MARK in body else None
        if slack_app is None or not slack_app.signing_secret.strip():
            return None
        headers = {
            "X-Slack-Request-Timestamp": environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""),
            "X-Slack-Signature": environ.get("HTTP_X_SLACK_SIGNATURE", ""),
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
        # None of Django's handlers does it here.
        close_old_connections()
        try:
            return self._apps.find(slug)
        except DatabaseError:
            return None


def _read(environ: WSGIEnvironment) -> bytes:
    """The body, which stays readable; empty where it is longer than such an event, or broken off.

    What was sent in chunks has no length and is none of Slack's.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdecimal() and len(length) < 10):
        return b""
    if int(length) > LONGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body
