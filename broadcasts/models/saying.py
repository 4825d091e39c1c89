"""What was said on command, outside broadcasts and conversations."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from broadcasts.models.delivery import Delivery, DeliveryQuerySet
from broadcasts.models.holds import hold_on

# Not asked for: one that no key fits must not break a report.
_SECRETS = (
    "team__bot_token",
    "team__refresh_token",
    "team__slack_app__client_secret",
    "team__slack_app__signing_secret",
    "team__slack_app__app_token",
)


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

    def forget_unheard(self) -> None:
        """Delete those of whose deliveries none is left."""
        unheard = [saying.pk for saying in self if not saying.deliveries.exists()]
        self.model.objects.filter(pk__in=unheard).delete()


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
        related = ("team__slack_app", "team__lane", "recipient")
        found = self.deliveries.select_related(*related).defer(*_SECRETS)
        deliveries = list(found[:most])
        now = timezone.now()
        teams = {one.team for one in deliveries if one.state == Delivery.State.READY}
        holds = {team.pk: hold.sentence for team in teams if (hold := hold_on(team, now))}
        return [_line(delivery, holds) for delivery in deliveries]


def _line(delivery: Delivery, holds: Mapping[int, str]) -> Line:
    """`holds` has what keeps a team's posts back, by team."""
    label = str(delivery.get_state_display()).partition(": ")[2]
    sentence = delivery.error_text or f"{label[:1].upper()}{label[1:]}."
    if delivery.state == Delivery.State.READY:
        sentence = holds.get(delivery.team_id, sentence)
    return Line(
        team=delivery.team.name,
        place=str(delivery.recipient or delivery.slack_id),
        state=delivery.state,
        channel=delivery.channel,
        ts=delivery.ts,
        sentence=sentence,
    )
