"""The hub's own state: is it held, who is it, which senders live."""

from datetime import datetime
from secrets import token_hex
from typing import Self

from django.db import models


def new_hub_id() -> str:
    return token_hex(8)


class Engine(models.Model):
    """One row. A copy of a database must not send: see guard.py for what holds it at start."""

    hub_id = models.CharField(
        max_length=32,
        default=new_hub_id,
        help_text="Stands in the metadata of each post: another hub may serve the same Slack app.",
    )
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
    ticked_at = models.DateTimeField(
        "last tick", null=True, blank=True, help_text="When a worker last received Beat's tick."
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

    @classmethod
    def tick(cls, now: datetime) -> None:
        """A worker has received Beat's tick: the whole way from Beat to a worker works."""
        cls.get()
        cls.objects.update(ticked_at=now)

    def hold(self, reason: str, now: datetime) -> None:
        """Nothing leaves any more: every mark tests this row."""
        self.hold_reason, self.held_at = reason[:255], now
        self.save(update_fields=("hold_reason", "held_at"))

    def recognise(self, public_url: str, identity: str, now: datetime) -> None:
        """At work under this identity."""
        self.public_url, self.system_identifier, self.beat_at = public_url, identity, now
        self.save(update_fields=("public_url", "system_identifier", "beat_at"))

    def release(self, public_url: str, identity: str, now: datetime) -> None:
        """A person has said that this hub is the one to send."""
        self.hold_reason, self.held_at = "", None
        self.save(update_fields=("hold_reason", "held_at"))
        self.recognise(public_url, identity, now)


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
