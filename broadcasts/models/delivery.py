"""The ledger: one row per thing that we mean to post. README.md draws its states."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from teams.models import Recipient, Team

# An unknown may be resent only when no request of its attempt can still be under way: the mark's
# validity (5 s), the request's timeout (60 s) and a minute of margin (engine rule of the mark).
RESEND_AFTER = timedelta(seconds=5 + 60 + 60)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def ready(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.READY)

    def undecided(self) -> "DeliveryQuerySet":
        return self.filter(state__in=Delivery.UNDECIDED)

    def failed(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.FAILED)

    def unknown(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.UNKNOWN)

    def resendable(self, now: datetime) -> "DeliveryQuerySet":
        """The unknown of which no request can be under way any more."""
        return self.unknown().filter(Q(marked_at=None) | Q(marked_at__lt=now - RESEND_AFTER))

    def not_posted(self, now: datetime) -> int:
        """Arrow i: proof that the unknown among these were not posted; the number changed."""
        return self.unknown().update(
            state=Delivery.State.FAILED,
            error="not_posted",
            error_text="The conversation was read: it was not posted.",
            settled_at=now,
        )

    def send_again(self, now: datetime) -> int:
        """Arrow j; settling.py says of which rows, and opens their runs."""
        return self.update(
            state=Delivery.State.READY, due_at=now, error="", error_text="", settled_at=None
        )

    def take_back(self, now: datetime) -> int:
        """Arrow g, for posts without a run: what waits stays unposted; the number changed."""
        return self.ready().update(
            state=Delivery.State.CANCELLED,
            error="taken_back",
            error_text="Taken back before it was posted.",
            settled_at=now,
        )

    def close(self, now: datetime) -> int:
        """Arrow j: left as they are, and dealt with."""
        return self.update(state=Delivery.State.CLOSED, settled_at=now)


class Delivery(models.Model):
    """Once-ness lives in this row: state and attempt are tested by every change of it."""

    class State(models.TextChoices):
        READY = "ready", "Ready: waits for its turn"
        POSTING = "posting", "Posting: a request may be under way"
        SENT = "sent", "Sent: Slack has it"
        FAILED = "failed", "Failed: Slack refused it"
        UNKNOWN = "unknown", "Unknown: it may have arrived"
        SKIPPED = "skipped", "Skipped: not to be sent any more"
        CANCELLED = "cancelled", "Cancelled with its run"
        CLOSED = "closed", "Closed: unknown, left so by staff"

    # The code of what waits for the end of somebody's quiet hours, or was skipped over them.
    QUIET_HOURS = "quiet_hours"

    UNDECIDED = (State.READY, State.POSTING)
    # What a person may still decide on.
    BAD = (State.FAILED, State.UNKNOWN)
    # What nothing more is to be done about; the unknown wait for a person for ever.
    DONE = (State.SENT, State.FAILED, State.SKIPPED, State.CANCELLED, State.CLOSED)

    # The ledger is the largest table by far and filled by INSERT ... SELECT from the very rows it
    # points to: enforced foreign keys would make that several times slower and protect nothing.
    run = models.ForeignKey(
        "broadcasts.Run",
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="deliveries",
    )
    team = models.ForeignKey(
        Team, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="deliveries"
    )
    recipient = models.ForeignKey(
        Recipient,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="deliveries",
    )
    key = models.CharField(
        max_length=128, null=True, blank=True, unique=True, help_text="Of a post without a run."
    )
    target = models.CharField(max_length=80, help_text="workspace:user, or the channel's ID.")
    part = models.PositiveSmallIntegerField(default=0)
    slack_id = models.CharField("posted to", max_length=32)
    payload = models.JSONField(null=True, blank=True, help_text="Content of a post without a run.")

    state = models.CharField(max_length=9, choices=State, default=State.READY)
    due_at = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    marked_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.UUIDField(null=True, blank=True, help_text="The ledger that marked it.")
    settled_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=32, blank=True, default="")
    ts = models.CharField(max_length=32, blank=True, default="")
    error = models.CharField("Slack's code", max_length=100, blank=True, default="")
    error_text = models.CharField("reason", max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("run", "target", "part"), name="once_per_run"),
            models.CheckConstraint(
                condition=Q(run=None) ^ Q(key=None), name="delivery_has_run_or_key"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | ~Q(ts=""), name="sent_has_slack_ts"
            ),
        )
        indexes = (
            # Read by the page of a lane (ledger.fetch), and by run alone by the sweeps, which
            # would otherwise read every row of every cancelled run each few seconds.
            models.Index(
                "run", "team", "due_at", "id", condition=Q(state="ready"), name="delivery_ready"
            ),
            # Read by the sweep of marks whose sender is gone (sweeping.py).
            models.Index("marked_at", condition=Q(state="posting"), name="delivery_posting"),
            # Read by the removal of what was posted outside broadcasts long ago (retention.py).
            models.Index("settled_at", condition=Q(run=None), name="delivery_without_run"),
            # Read by the admin's filters and by "retry failed" and "settle unknown".
            models.Index(
                "run", "state", condition=Q(state__in=("failed", "unknown")), name="delivery_bad"
            ),
        )

    def __str__(self) -> str:
        return f"Delivery {self.pk} to {self.slack_id}"


class Copy(models.Model):
    """A second post of one delivery that Slack has proof of: shown as a duplicate, never hidden."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="copies")
    channel = models.CharField(max_length=32)
    ts = models.CharField(max_length=32)
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "copies"
        constraints = (models.UniqueConstraint(fields=("delivery", "ts"), name="one_copy_per_ts"),)

    def __str__(self) -> str:
        return f"Copy of delivery {self.delivery_id} at {self.ts}"
