"""A team's pace: what is learned of it, who serves it, and how often Slack asked to slow down."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone

# The admin shows the 429s of so long.
LIMITED_WITHIN = timedelta(hours=24)


class Lane(models.Model):
    """The unit of pacing, fairness and failure.

    A narrow table of its own: senders write it every few seconds and no form ever does.
    """

    team = models.OneToOneField("teams.Team", models.CASCADE, primary_key=True, related_name="lane")
    rate = models.FloatField(default=60.0, help_text="Posts a minute that Slack is known to take.")
    ceiling = models.FloatField(default=525.0, help_text="Posts a minute never to be exceeded.")
    learned_at = models.DateTimeField(
        null=True, blank=True, help_text="When a sender last wrote the rate; empty: a first guess."
    )
    bad_rate = models.FloatField(
        null=True, blank=True, help_text="Posts a minute at which Slack asked to slow down."
    )
    bad_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then the rate stays below the bad one."
    )
    outage_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then Slack gives no clear answers for this team."
    )
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=255, blank=True)
    owner = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_served_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(rate__gt=0, ceiling__gt=0), name="lane_has_pace"),
        )
        indexes = (
            # Read by senders in doubt (leases.count_outages).
            models.Index(
                "leased_until", condition=Q(outage_at__isnull=False), name="lane_in_outage"
            ),
        )

    def __str__(self) -> str:
        return f"Lane of {self.team_id}"

    def pause(self, seconds: float, reason: str) -> None:
        """Slack asked for it; a longer pause is never shortened."""
        until = Now() + timedelta(seconds=seconds)
        Lane.objects.filter(pk=self.pk).update(
            paused_until=Greatest("paused_until", until), pause_reason=reason[:255]
        )

    def why(self, now: datetime) -> str:
        """What keeps the pace where it is, in words; times in the current zone."""
        if self.paused_until and self.paused_until > now:
            until = timezone.localtime(self.paused_until)
            zone = timezone.get_current_timezone_name()
            return f"held by Slack until {until:%H:%M} {zone}: {self.pause_reason}"
        if self.outage_at and self.leased_until and self.leased_until > now:
            since = timezone.localtime(self.outage_at)
            zone = timezone.get_current_timezone_name()
            return f"outage: no clear answers from Slack since {since:%H:%M} {zone}; one post tries"
        if self.rate >= self.ceiling:
            return "at its ceiling"
        if self.bad_rate and self.bad_until and self.bad_until > now:
            return f"learning: below {self.bad_rate:.0f}, which was too much for Slack"
        return f"learning: rises up to {self.ceiling:.0f} while Slack takes it"


class LimitedHourQuerySet(models.QuerySet["LimitedHour"]):
    def recent(self, now: datetime) -> "LimitedHourQuerySet":
        return self.filter(hour__gt=now - LIMITED_WITHIN)

    def add(self, team: int, now: datetime) -> None:
        """One more, met by others than the senders, who count theirs in batches."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        row, _ = self.get_or_create(team_id=team, hour=hour, defaults={"count": 0})
        self.filter(pk=row.pk).update(count=F("count") + 1)

    def forget(self, now: datetime) -> None:
        """What nobody is shown any more."""
        self.filter(hour__lte=now - LIMITED_WITHIN).delete()


class LimitedHour(models.Model):
    """How often Slack answered 429 to a team's posts within one hour."""

    team = models.ForeignKey("teams.Team", models.CASCADE, related_name="limited_hours")
    hour = models.DateTimeField(help_text="Its beginning.")
    count = models.PositiveIntegerField()

    objects = LimitedHourQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("team", "hour"), name="one_count_per_hour"),)

    def __str__(self) -> str:
        return f"{self.count} in the hour of {self.hour:%Y-%m-%d %H:%M %Z}"
