"""The hub's own state: is it held, who is it, which senders live."""

from typing import Self

from django.db import models


class Engine(models.Model):
    """One row. A copy of a database must not send: see guard.py for what holds it at start."""

    hold_reason = models.CharField(
        max_length=255, blank=True, help_text="Not empty: nothing is posted by this hub."
    )
    held_at = models.DateTimeField(null=True, blank=True)
    public_url = models.CharField(max_length=255, blank=True)
    system_identifier = models.CharField(
        max_length=64, blank=True, help_text="PostgreSQL's own, with the timeline."
    )
    beat_at = models.DateTimeField(
        "last heartbeat", null=True, blank=True, help_text="Last time the engine was at work."
    )
    tick_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When Beat sent the last tick that a worker received."
    )

    class Meta:
        verbose_name = "engine"
        verbose_name_plural = "engine"
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="one_engine"),)

    def __str__(self) -> str:
        return "Held" if self.hold_reason else "Running"

    @classmethod
    def get(cls) -> Self:
        return cls.objects.get_or_create(pk=1)[0]


class Sender(models.Model):
    """A sender asked for or at work; live while its heartbeat is fresh."""

    id = models.UUIDField(primary_key=True)
    requested_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, blank=True)
    lanes = models.PositiveIntegerField(default=0)
    host = models.CharField(max_length=255, blank=True)
    pid = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Sender {self.id}"
