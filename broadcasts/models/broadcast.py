"""A message, an audience and a schedule; each firing of it is a Run."""

from django.db import models
from django_celery_beat.models import PeriodicTask

from broadcasts.models.message import Message
from teams.models import Group, Recipient, Team


class Broadcast(models.Model):
    """What staff schedule. Its PeriodicTask is the only store of when it fires."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft: not started yet"
        SCHEDULED = "scheduled", "Scheduled"
        PAUSED = "paused", "Paused by staff"
        CANCELLED = "cancelled", "Cancelled"
        FINISHED = "finished", "Finished: fires no more"

    LIVE = (State.SCHEDULED, State.PAUSED)

    name = models.CharField(max_length=100, unique=True)
    message = models.ForeignKey(Message, models.PROTECT, related_name="broadcasts")
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="broadcasts",
        help_text="Every reachable person of these teams receives it.",
    )
    groups = models.ManyToManyField(
        Group, blank=True, related_name="broadcasts", help_text="And these people and channels."
    )
    excluded_groups = models.ManyToManyField(
        Group, blank=True, related_name="+", help_text="Whoever is in one of these does not."
    )
    # PROTECT: a schedule cannot be deleted under a living broadcast.
    schedule = models.OneToOneField(
        PeriodicTask, models.PROTECT, null=True, blank=True, related_name="broadcast"
    )
    schedule_mark = models.CharField(
        max_length=255, blank=True, help_text="The schedule as last seen, to notice its edits."
    )
    last_fired = models.DateTimeField(
        null=True, blank=True, help_text="Instants up to here are done with."
    )
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    state_reason = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name


class OptOut(models.Model):
    """A person's word that one broadcast is not for them."""

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="opt_outs")
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="opt_outs")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("broadcast", "recipient"), name="one_opt_out"),
        )

    def __str__(self) -> str:
        return f"{self.recipient_id} out of {self.broadcast_id}"
