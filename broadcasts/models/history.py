"""Where the reading of a team's conversations stands."""

from datetime import datetime, timedelta

from django.db import models

from teams.models import Team


class HistoryReader(models.Model):
    """One row per team whose unknown deliveries are settled by reading; its lock is the turn."""

    team = models.OneToOneField(
        Team, models.CASCADE, primary_key=True, related_name="history_reader"
    )
    next_at = models.DateTimeField(help_text="No request before then.")
    delivery = models.BigIntegerField(default=0, help_text="Read last, or being read.")
    cursor = models.CharField(
        max_length=255,
        blank=True,
        help_text="The next page of its conversation; empty: none.",
    )

    def __str__(self) -> str:
        return f"History reader of {self.team_id}"

    def spend(self, per_minute: int, saved: timedelta, now: datetime) -> None:
        """One request at this pace; what was not used counts for `saved` at most."""
        interval = timedelta(minutes=1) / per_minute
        self.next_at = max(self.next_at, now - max(saved - interval, timedelta())) + interval

    def stay(self, cursor: str) -> None:
        """There is another page."""
        self.cursor = cursor

    def repeat(self, at: datetime) -> None:
        """The same request once more, not before then."""
        self.next_at = max(self.next_at, at)
        if not self.cursor:
            self.delivery -= 1

    def move_on(self) -> None:
        """This delivery is dealt with, or cannot be decided now."""
        self.cursor = ""
