"""The rules of a broadcast: what becomes of a firing that cannot go as planned.

A run keeps those that it started with.
"""

from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Rules(models.Model):
    """The part of a Broadcast that staff rarely change, and that each of its runs has a copy of."""

    class Overlap(models.TextChoices):
        WAIT = "wait", "Wait until the earlier run is over"
        SKIP = "skip", "Skip this time"

    late_minutes = models.PositiveIntegerField(
        "sent up to (minutes) late",
        default=60,
        help_text="After an outage. A run that would begin later than this is held, and staff are "
        "asked: send it now, or cancel it.",
    )
    overlap = models.CharField(
        "when the run before still sends",
        max_length=4,
        choices=Overlap,
        default=Overlap.WAIT,
        help_text="Its run is on record either way, and says so.",
    )
    failure_percent = models.PositiveSmallIntegerField(
        "pause above (percent failed)",
        default=20,
        validators=(MinValueValidator(1), MaxValueValidator(100)),
        help_text="When more than this share of what a run has dealt with failed, the broadcast "
        "pauses and staff are asked. 100 never pauses it.",
    )
    failure_minimum = models.PositiveIntegerField(
        "but not below (failures)",
        default=20,
        validators=(MinValueValidator(1),),
        help_text="Fewer failures than this never pause it, whatever their share.",
    )

    quiet_minutes = models.PositiveIntegerField(
        "waits for quiet hours (minutes)",
        default=24 * 60,
        help_text="Whoever has quiet hours gets it when they end, if that is no longer off than "
        "this when their turn comes; else it is skipped for them. 0 skips them at once.",
    )

    class Meta:
        abstract = True

    def rules(self) -> dict[str, Any]:
        """The copy that a run keeps: later edits change later runs only."""
        return {
            "late_minutes": self.late_minutes,
            "overlap": self.overlap,
            "failure_percent": self.failure_percent,
            "failure_minimum": self.failure_minimum,
            "quiet_minutes": self.quiet_minutes,
        }

    @property
    def late_after(self) -> timedelta:
        return timedelta(minutes=self.late_minutes)
