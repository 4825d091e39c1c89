"""When a bot's timers are due: one row for each, so that several workers fire it once."""

from datetime import datetime, timedelta

from django.db import models

from bots.models.bot import Bot


class BotTimer(models.Model):
    bot = models.ForeignKey(Bot, models.CASCADE, related_name="timers")
    name = models.CharField(max_length=255, help_text="The module and the function.")
    due_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("bot", "name"), name="one_timer_per_name"),)

    def __str__(self) -> str:
        return self.name

    def fire(self, every: timedelta, now: datetime) -> bool:
        """Whether this caller is the one to run it now; missed times are not made up for.

        Its next time is reckoned from this one, not from when somebody looked.
        """
        if self.due_at > now:
            self._hasten(now + every)
            return False
        due = BotTimer.objects.filter(pk=self.pk, due_at=self.due_at)
        return bool(due.update(due_at=self.due_at + every * ((now - self.due_at) // every + 1)))

    def _hasten(self, latest: datetime) -> None:
        """Its time may have become shorter since it was last reckoned."""
        BotTimer.objects.filter(pk=self.pk, due_at__gt=latest).update(due_at=latest)
