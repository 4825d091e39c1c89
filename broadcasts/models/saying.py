"""What was said on command, outside broadcasts and conversations."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from django.db import models

from broadcasts.models.delivery import Delivery, DeliveryQuerySet


class Line(NamedTuple):
    """What became of it in one place; channel and ts are Slack's, empty until it is posted."""

    team: str
    place: str
    state: str
    channel: str
    ts: str
    sentence: str


class SayingQuerySet(models.QuerySet["Saying"]):
    def forget(self, before: datetime) -> int:
        """Delete those said before then, at most 1,000; how many. Deliveries go by themselves."""
        old = self.filter(created_at__lt=before).order_by("id").values("pk")[:1_000]
        return self.filter(pk__in=old).delete()[0]


class Saying(models.Model):
    """One thing said to one place or to many: a delivery each, whose keys carry our number."""

    key = models.CharField(
        max_length=100, unique=True, help_text="Asked for again by it, nothing more is said."
    )
    whereto = models.CharField("to", max_length=255)
    content = models.JSONField(help_text="As chat.postMessage takes it.")
    said_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SayingQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        text = str(self.content["text"])
        return text if len(text) <= 60 else f"{text[:60]}…"

    @property
    def prefix(self) -> str:
        """How the keys of its deliveries begin."""
        return f"say:{self.pk}:"

    @property
    def deliveries(self) -> DeliveryQuerySet:
        found: DeliveryQuerySet = Delivery.objects.filter(key__startswith=self.prefix)
        return found.order_by("id")

    @property
    def is_done(self) -> bool:
        """Whether Slack has answered for every place, or never will."""
        return not self.deliveries.undecided().exists()

    def counts(self) -> Counter[str]:
        """Places by state."""
        states = self.deliveries.order_by().values_list("state").annotate(n=models.Count("pk"))
        return Counter(dict(states))

    def report(self, most: int | None = None) -> list[Line]:
        """A line for each place, or the first ones, in the order in which they were meant."""
        secrets = ("team__bot_token", "team__refresh_token")
        deliveries = self.deliveries.select_related("team", "recipient").defer(*secrets)
        return [_line(delivery) for delivery in deliveries[:most]]


def _line(delivery: Delivery) -> Line:
    label = str(delivery.get_state_display()).partition(": ")[2]
    return Line(
        team=delivery.team.name,
        place=str(delivery.recipient or delivery.slack_id),
        state=delivery.state,
        channel=delivery.channel,
        ts=delivery.ts,
        sentence=delivery.error_text or f"{label[:1].upper()}{label[1:]}.",
    )
