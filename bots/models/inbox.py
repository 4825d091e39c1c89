"""The inbox: every event from Slack is a committed row before it is acknowledged."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from django.db import InterfaceError, OperationalError, connection, models
from django.db.models import F, Q
from psycopg import Cursor

from bots.intake import reason_of, storable
from teams.models import SlackApp

# Who took an event longer ago, and has not said since that it lives, is dead (holding.py).
TAKEN_FOR = timedelta(seconds=60)
# An event that waits longer was lost between the web process and the workers.
LOST_AFTER = timedelta(seconds=30)
# An event that kills its worker must not do so for ever.
MOST_ATTEMPTS = 3
# Slack repeats an event for at most 25 hours (with Delayed Events); bodies hold people's words.
KEPT_FOR = timedelta(days=7)
BATCH = 1_000
DIED_ANSWERING = (
    "Its worker died while it answered: what it said may have arrived. Run it again if it has not."
)
# No fault of a listener's.
DATABASE_AWAY = (InterfaceError, OperationalError)
# How JSON spells what PostgreSQL may refuse; few texts have one, and most of those are emoji.
_UNSTORABLE = ("\\u0000", "\\ud")

_KEEP = """
    INSERT INTO bots_inboxevent
        (slack_app_id, event_id, team_id, type, body, state, error, attempts, received_at)
    VALUES (%s, %s, %s, %s, %s, 'kept', '', 0, %s)
    ON CONFLICT (slack_app_id, event_id) DO NOTHING
    RETURNING id
"""
# In one order everywhere: two processes that store the same repeats must not deadlock.
_KEEP_MANY = """
    INSERT INTO bots_inboxevent
        (slack_app_id, event_id, team_id, type, body, state, error, attempts, received_at)
    SELECT e.app, e.event_id, e.team_id, e.type, e.body::jsonb, 'kept', '', 0, %s
    FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[])
        AS e(app, event_id, team_id, type, body)
    ORDER BY e.app, e.event_id
    ON CONFLICT (slack_app_id, event_id) DO NOTHING
    RETURNING id
"""

# What a dead worker had is the sweep's.
_TAKE_ANY = """
    UPDATE bots_inboxevent SET taken_at = %(now)s, attempts = attempts + 1
    WHERE id = (
        SELECT id FROM bots_inboxevent
        WHERE id BETWEEN %(first)s AND %(last)s AND state = 'kept' AND taken_at IS NULL
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


class InboxEventQuerySet(models.QuerySet["InboxEvent"]):
    def keep(self, slack_app: SlackApp, body: dict[str, Any], now: datetime) -> int | None:
        """Store an event of this app; its primary key, or None when it is there already."""
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, (*_columns(slack_app.pk, body), now))
            row = cursor.fetchone()
        return row[0] if row else None

    def keep_many(self, events: Iterable[tuple[int, dict[str, Any]]], now: datetime) -> list[int]:
        """Store events, each with its app's primary key, in one commit; the keys of new rows."""
        rows = [_columns(app, body) for app, body in events]
        connection.ensure_connection()
        # Django's cursor would write the arrays out as literals: three times the work.
        with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
            cursor.execute(_KEEP_MANY, (now, *map(list, zip(*rows, strict=True))))
            return [pk for (pk,) in cursor.fetchall()]

    def begin(
        self, slack_app: SlackApp, body: dict[str, Any], now: datetime
    ) -> "InboxEvent | None":
        """Store what a person did, in this caller's hands; None when it is there already.

        What has no trigger_id, such as the choices of a menu, is stored under none of its own.
        """
        body = storable(body)
        kind = str(body.get("type") or "slash_command")
        told_apart = str(body.get("trigger_id") or uuid4())
        digest = blake2b(f"{kind} {told_apart}".encode(), digest_size=20).hexdigest()
        team = body.get("team")
        team_id = body.get("team_id") or (team.get("id") if isinstance(team, dict) else None)
        event, is_new = self.get_or_create(
            slack_app=slack_app,
            event_id=f"act-{digest}",
            defaults={
                "type": kind[:64],
                "team_id": str(team_id or "")[:32],
                "body": body,
                "taken_at": now,
                "attempts": 1,
            },
        )
        return event if is_new else None

    def run_again(self, now: datetime) -> list[int]:
        """Keep failed events anew, for workers to take; their primary keys."""
        pks = list(self.filter(state=InboxEvent.State.FAILED).values_list("pk", flat=True))
        anew = self.filter(pk__in=pks, state=InboxEvent.State.FAILED)
        anew.update(
            state=InboxEvent.State.KEPT,
            error="",
            taken_at=None,
            answered_at=None,
            handled_at=None,
            attempts=0,
        )
        return pks

    def left(self, now: datetime) -> "InboxEventQuerySet":
        """Not handled, and in the hands of no living worker."""
        untaken = Q(taken_at=None) | Q(taken_at__lt=now - TAKEN_FOR)
        return self.filter(untaken, state=InboxEvent.State.KEPT)

    def free(self, now: datetime) -> "InboxEventQuerySet":
        """Of those, the ones for which nothing has been said yet: they may be taken."""
        return self.left(now).filter(answered_at=None)

    def lost(self, now: datetime) -> "InboxEventQuerySet":
        """Free for so long that no worker can be on its way to them."""
        return self.free(now).filter(received_at__lt=now - LOST_AFTER)

    def take(self, pk: int, now: datetime) -> "InboxEvent | None":
        """The event, for this caller alone; None when it is handled or in other hands."""
        taken = self.free(now).filter(pk=pk).update(taken_at=now, attempts=F("attempts") + 1)
        return self.select_related("slack_app").get(pk=pk) if taken else None

    def take_any(self, first: int, last: int, now: datetime) -> int | None:
        """Take the oldest with a key from first to last that nobody has had; its key."""
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_ANY, {"first": first, "last": last, "now": now})
            row = cursor.fetchone()
        return row[0] if row else None

    def give_up(self, now: datetime) -> int:
        """Fail what was tried too often, and what a dead worker had begun to answer; its number."""
        answered = self.left(now).exclude(answered_at=None)
        tried = self.free(now).filter(attempts__gte=MOST_ATTEMPTS)
        often = f"Its worker died {MOST_ATTEMPTS} times while handling it."
        return sum(
            given_up.update(state=InboxEvent.State.FAILED, error=error, handled_at=now)
            for given_up, error in ((answered, DIED_ANSWERING), (tried, often))
        )

    def unanswered(self) -> "InboxEventQuerySet":
        """Failed, and somebody still reads that they are worked on."""
        return self.filter(state=InboxEvent.State.FAILED, interim__isnull=False)

    def forget(self, now: datetime) -> int:
        """Delete what was dealt with long ago, in commits of at most 1,000; the number deleted."""
        done = self.exclude(state=InboxEvent.State.KEPT).filter(received_at__lt=now - KEPT_FOR)
        total = 0
        while deleted := self.filter(pk__in=done.order_by("pk").values("pk")[:BATCH]).delete()[0]:
            total += deleted
        return total


class NotInHandError(Exception):
    """Whoever handled this event was taken for dead, and would now answer it a second time."""


def _columns(app: int, body: dict[str, Any]) -> tuple[Any, ...]:
    text = json.dumps(body)
    if any(sign in text for sign in _UNSTORABLE):
        body = storable(body)
        text = json.dumps(body)
    team_id = str(body.get("team_id") or "")[:32]
    return app, body["event_id"], team_id, body["event"]["type"][:64], text


class InboxEvent(models.Model):
    """One event, unique by (app, event_id): Slack's retries of it find this row."""

    class State(models.TextChoices):
        KEPT = "kept", "Kept: waits to be handled"
        HANDLED = "handled", "Handled"
        FAILED = "failed", "Failed"

    slack_app = models.ForeignKey(SlackApp, models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=64)
    team_id = models.CharField("workspace ID", max_length=32, blank=True)
    type = models.CharField(max_length=64)
    body = models.JSONField()
    state = models.CharField(max_length=7, choices=State, default=State.KEPT)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    # Written before the first answer leaves: nobody else handles it from then on.
    answered_at = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    # Where “Working on it…” stands (scripts/working.py), until the answer is edited in.
    interim = models.JSONField(null=True, blank=True, editable=False)

    objects = InboxEventQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("slack_app", "event_id"), name="one_row_per_event"),
        )
        indexes = (
            # Read by the sweep that hands on events whose worker died.
            models.Index("received_at", condition=Q(state="kept"), name="inbox_kept"),
            # Read by the sweep that says sorry for those that have failed.
            models.Index(fields=("id",), condition=Q(interim__isnull=False), name="inbox_interim"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    def handled(self, now: datetime, *, note: str = "") -> None:
        """Done with; the note says why nothing was done, if nothing was."""
        self._settle(InboxEvent.State.HANDLED, note, now)

    def failed(self, reason: str, now: datetime) -> None:
        self._settle(InboxEvent.State.FAILED, reason, now)

    def settle(self, notes: Mapping[str, Any], now: datetime) -> None:
        """By what its listeners noted: the failure, or why they did nothing.

        No fault of theirs, such as a database that is away, leaves it kept: the sweep hands it on,
        or gives it up where something was said already.
        """
        failure = notes.get("failure")
        if failure is None:
            self.handled(now, note=str(notes.get("ignored", "")))
        elif not isinstance(failure, DATABASE_AWAY):
            self.failed(reason_of(failure), now)

    def release(self) -> None:
        """Into the hands of a worker."""
        self._in_hand().update(taken_at=None, attempts=0)

    def answer(self, now: datetime) -> None:
        """Before anything is said for it; committed unless the caller is in a transaction.

        Raises:
            NotInHandError: another has taken it since, or nobody may any more.
        """
        if self.answered_at is None:
            if not self._in_hand().filter(answered_at=None).update(answered_at=now):
                raise NotInHandError(f"Event {self.pk} is in other hands: nothing is said for it.")
            self.answered_at = now

    def renew(self, now: datetime) -> None:
        """Whoever took it is alive."""
        self._in_hand().update(taken_at=now)

    def note_interim(self, message: Mapping[str, Any] | None) -> None:
        """Where the interim answer stands, so that whoever comes next can edit it."""
        self.interim = message
        self.save(update_fields=("interim",))

    def _settle(self, state: State, error: str, now: datetime) -> None:
        """Only for whoever holds it.

        A connection that was lost meanwhile must not let its listeners do it all again.
        """
        settled = {"state": state, "error": error, "handled_at": now}
        try:
            self._in_hand().update(**settled)
        except DATABASE_AWAY:
            connection.close()
            self._in_hand().update(**settled)

    def _in_hand(self) -> InboxEventQuerySet:
        """Its row, unless another has taken it since."""
        kept = InboxEvent.objects.filter(pk=self.pk, state=InboxEvent.State.KEPT)
        return kept.filter(attempts=self.attempts)
