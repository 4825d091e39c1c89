"""What waits for a person: one row for each thing, written by attention.py."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from broadcasts.models.broadcast import Broadcast
from broadcasts.models.run import Run
from teams.models import Team


class NoticeQuerySet(models.QuerySet["Notice"]):
    def current(self) -> "NoticeQuerySet":
        """Those whose cause is still there, dealt with or not."""
        return self.filter(gone_at=None)

    def open(self) -> "NoticeQuerySet":
        return self.filter(resolved_at=None)

    def resolve(self, now: datetime) -> int:
        """Staff have seen to it; the number changed. It comes back only with another sentence."""
        return self.open().update(resolved_at=now)

    def close(self, now: datetime) -> int:
        """The cause is gone."""
        return self.current().update(gone_at=now, resolved_at=Coalesce("resolved_at", now))


class Notice(models.Model):
    """Open until its cause is gone, or until a person says that it is dealt with."""

    class Kind(models.TextChoices):
        HUB_HELD = "hub_held", "The hub is held"
        TEAM_PAUSED = "team_paused", "A team paused by itself"
        TEAM_LOST = "team_lost", "Messages wait for a team that is disconnected"
        BROADCAST_PAUSED = "broadcast_paused", "A broadcast paused by itself"
        RUN_PAUSED = "run_paused", "A run paused by itself"
        RUN_LATE = "run_late", "A run is late and held"
        UNKNOWN = "unknown", "It is unknown whether messages arrived"

    kind = models.CharField(max_length=16, choices=Kind)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="notices")
    broadcast = models.ForeignKey(
        Broadcast, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="notices")
    sentence = models.CharField(max_length=500)
    created_at = models.DateTimeField("since")
    resolved_at = models.DateTimeField("dealt with", null=True, blank=True)
    gone_at = models.DateTimeField("cause gone", null=True, blank=True)
    mailed_at = models.DateTimeField("mailed", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = "notice"
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "team", "broadcast", "run"),
                condition=Q(gone_at=None),
                nulls_distinct=False,
                name="one_current_notice",
            ),
        )
        indexes = (
            # Read by the first page, by the list of the open ones and by the mail.
            models.Index("created_at", condition=Q(resolved_at=None), name="notice_open"),
        )

    def __str__(self) -> str:
        return self.sentence

    @property
    def address(self) -> str:
        """The page of the admin where it can be dealt with."""
        if self.kind == self.Kind.HUB_HELD:
            return reverse("admin:broadcasts_engine_changelist")
        if self.run_id:
            return reverse("admin:broadcasts_run_change", args=(self.run_id,))
        if self.broadcast_id:
            return reverse("admin:broadcasts_broadcast_change", args=(self.broadcast_id,))
        if self.team_id:
            return reverse("admin:teams_team_change", args=(self.team_id,))
        return reverse("admin:broadcasts_delivery_changelist") + "?state__exact=unknown"
