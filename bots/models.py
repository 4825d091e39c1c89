"""The inbox: every event from Slack is a committed row before it is acknowledged."""

from django.db import models
from django.db.models import Q

from teams.models import SlackApp


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
    received_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("slack_app", "event_id"), name="one_row_per_event"),
        )
        indexes = (
            # Read by the sweep that hands on events whose worker died.
            models.Index("received_at", condition=Q(state="kept"), name="inbox_kept"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
