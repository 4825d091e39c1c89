"""What several `run_bots` know of each other: who lives, who serves which connection."""

from datetime import datetime, timedelta

from django.db import models

from teams.models import SlackApp

# A process that has not been heard of for so long is dead, and its connections are taken over.
LEASE = timedelta(seconds=15)


class RunnerQuerySet(models.QuerySet["Runner"]):
    def living(self, now: datetime) -> "RunnerQuerySet":
        return self.filter(beat_at__gte=now - LEASE)


class Runner(models.Model):
    """One process of `manage.py run_bots`."""

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    # The slug that it was told to serve alone; empty for all apps.
    only = models.CharField(max_length=50, blank=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    objects = RunnerQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.host}, process {self.pid}"


class Link(models.Model):
    """The place of one Socket Mode connection of an app: its lease and how it fares.

    It stays, with its restarts and their reasons, while the connection is not wanted.
    The lease spares Slack's ten places; that no event is answered twice rests on the inbox alone.
    """

    class State(models.TextChoices):
        UNSERVED = "unserved", "Unserved: no run_bots has taken it"
        OPENING = "opening", "Opening"
        OPEN = "open", "Open"
        WAITING = "waiting", "Waiting: tried again after a failure"
        SWITCHED_OFF = "off", "Switched off: Socket Mode is off at Slack"
        CROWDED = "crowded", "Crowded: Slack allows this app no more connections"
        OFF = "disabled", "Off: the app is switched off here, or has fewer connections"

    slack_app = models.ForeignKey(SlackApp, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    runner = models.ForeignKey(
        Runner, models.SET_NULL, null=True, blank=True, verbose_name="served by"
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.UNSERVED)
    since = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    retry_at = models.DateTimeField("next try", null=True, blank=True)
    last_event_at = models.DateTimeField("last event", null=True, blank=True)
    per_minute = models.PositiveIntegerField("events a minute", default=0)
    restart_count = models.PositiveIntegerField("restarts", default=0)
    # The latest ones: [[ISO time, sentence], ...].
    restarts = models.JSONField("latest restarts", default=list, blank=True)

    class Meta:
        ordering = ("slack_app_id", "number")
        verbose_name = "Socket Mode connection"
        constraints = (
            models.UniqueConstraint(fields=("slack_app", "number"), name="one_row_per_link"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, number__lte=10), name="link_number_1_to_10"
            ),
        )

    def __str__(self) -> str:
        return f"{self.slack_app}, connection {self.number}"

    def state_at(self, now: datetime) -> str:
        """What the row says, unless nobody wants it or the process that wrote it has died since."""
        if not self.is_wanted:
            return Link.State.OFF
        is_served = self.leased_until is not None and self.leased_until >= now
        return self.state if is_served else Link.State.UNSERVED

    @property
    def is_wanted(self) -> bool:
        app = self.slack_app
        by_socket = app.enabled and app.transport == SlackApp.Transport.SOCKET
        return by_socket and self.number <= app.connections
