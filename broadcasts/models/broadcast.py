"""A message, an audience and a schedule; each firing of it is a Run."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django_celery_beat.models import PeriodicTask

from broadcasts.clock import database_now
from broadcasts.models.message import Message
from broadcasts.models.rules import Rules
from broadcasts.recurrence import Crontab, Once, Spec, last_instant, next_instants
from broadcasts.schedules import clocked_row, crontab_row, mark_of, spec_of, switch
from teams.models import Group, Team

FIRE_TASK = "broadcasts.tasks.fire"
PAUSED_WITH_BROADCAST = "Paused with its broadcast."


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def live(self) -> "BroadcastQuerySet":
        return self.filter(state__in=Broadcast.LIVE)

    def scheduled(self) -> "BroadcastQuerySet":
        """Those that may fire, with all that says when."""
        return self.filter(state=Broadcast.State.SCHEDULED).select_related(
            "message", "schedule__crontab", "schedule__clocked"
        )


class Broadcast(Rules):
    """What staff schedule. Its PeriodicTask is the only store of when it fires."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft: not started yet"
        SCHEDULED = "scheduled", "Scheduled"
        PAUSED = "paused", "Paused"
        CANCELLED = "cancelled", "Cancelled"
        FINISHED = "finished", "Finished: fires no more"

    class Priority(models.IntegerChoices):
        """Posts at one turn where several broadcasts share a team."""

        LOW = 1, "Low: gives way"
        NORMAL = 3, "Normal"
        HIGH = 9, "High: goes first, and the others still go"

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
    priority = models.PositiveSmallIntegerField(
        choices=Priority,
        default=Priority.NORMAL,
        help_text="Its share of a team's pace while other broadcasts go out there too.",
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

    objects = BroadcastQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> Spec:
        """When it is due; raises ValidationError when its schedule is missing or unfit."""
        if self.schedule is None:
            raise ValidationError("Set a schedule: a time, or a crontab with its zone.")
        return spec_of(self.schedule)

    def audience(self) -> dict[str, list[int]]:
        """The copy that a run keeps: later edits change later runs only."""
        return {
            "teams": list(self.teams.order_by("pk").values_list("pk", flat=True)),
            "groups": list(self.groups.order_by("pk").values_list("pk", flat=True)),
            "excluded": list(self.excluded_groups.order_by("pk").values_list("pk", flat=True)),
        }

    def next_instants(self, now: datetime, n: int) -> list[datetime]:
        return next_instants(self.spec, self._not_before(now), n)

    def last_due(self, until: datetime) -> datetime | None:
        """The latest instant that has not been dealt with; those before it are folded into it."""
        if self.last_fired is None:
            return None
        return last_instant(self.spec, self._not_before(self.last_fired), until)

    def _not_before(self, after: datetime) -> datetime:
        start = self.schedule.start_time if self.schedule else None
        return max(after, start - timedelta.resolution) if start else after

    # --- its schedule -------------------------------------------------------------------------
    def schedule_once(self, at: datetime) -> None:
        """Fire a single time; raises ValidationError for a time in the past."""
        now = database_now()
        if at <= now:
            raise ValidationError(f"{at:%Y-%m-%d %H:%M %Z} is in the past.")
        with transaction.atomic():
            self._set_schedule(now, clocked=clocked_row(Once(at)))

    def schedule_crontab(
        self,
        *,
        minute: str,
        hour: str,
        day_of_week: str = "*",
        day_of_month: str = "*",
        month_of_year: str = "*",
        zone: str,
    ) -> None:
        """Fire again and again; raises ValidationError for fields or a zone that cannot be read."""
        now = database_now()
        spec = Crontab(minute, hour, day_of_month, month_of_year, day_of_week, zone)
        with transaction.atomic():
            row = crontab_row(spec)
            if not next_instants(spec, now, 1):
                raise ValidationError("There is no such day: this schedule would never fire.")
            self._set_schedule(now, crontab=row)

    def _set_schedule(self, now: datetime, **rows: models.Model) -> None:
        self._lock()
        if self.state not in (self.State.DRAFT, *self.LIVE):
            raise ValidationError(f"A broadcast that is {self.state} gets no new schedule.")
        task = self.schedule or PeriodicTask()
        task.name = f"{self.name} (broadcast {self.pk})"
        task.task, task.args = FIRE_TASK, json.dumps([self.pk])
        task.one_off = "clocked" in rows
        task.enabled = self.state == self.State.SCHEDULED
        for kind in ("interval", "solar", "crontab", "clocked"):
            setattr(task, kind, rows.get(kind))
        task.save()
        self.schedule = task
        self.save(update_fields=("schedule",))
        self.schedule_edited(now)

    def schedule_edited(self, now: datetime) -> None:
        """What was due before an edit stays unsent; what the new schedule says counts from now."""
        self.last_fired, self.schedule_mark = now, mark_of(self.spec)
        self.save(update_fields=("last_fired", "schedule_mark"))

    # --- its state ----------------------------------------------------------------------------
    @transaction.atomic
    def start(self, now: datetime) -> None:
        """Draft to scheduled; raises ValidationError with a sentence for each thing it lacks."""
        if found := self._lacks(now):
            raise ValidationError(found)
        mark = mark_of(self.spec)
        self._move((self.State.DRAFT,), self.State.SCHEDULED, last_fired=now, schedule_mark=mark)
        self._switch(on=True)

    def _lacks(self, now: datetime) -> list[str]:
        found = self.message.problems()
        if not (self.teams.exists() or self.groups.exists()):
            found.append("Choose at least one team or group: it has no audience.")
        try:
            if not self.next_instants(now, 1):
                found.append("Its time has passed: set a new one.")
        except ValidationError as error:
            found += error.messages
        return found

    @transaction.atomic
    def pause(self, reason: str = "") -> None:
        """Nothing fires, and its runs stop where they are."""
        self._move((self.State.SCHEDULED,), self.State.PAUSED, state_reason=reason)
        self.runs.all().pause(PAUSED_WITH_BROADCAST)
        self._switch(on=False)

    @transaction.atomic
    def resume(self, now: datetime) -> None:
        """Go on; what was due while it was paused stays unsent."""
        spec = self.spec
        if (
            isinstance(spec, Once)
            and spec.at <= now
            and not self.runs.filter(scheduled_for=spec.at).exists()
        ):
            raise ValidationError("Its time passed while it was paused: set a new one first.")
        mark = mark_of(spec)
        self._move((self.State.PAUSED,), self.State.SCHEDULED, last_fired=now, schedule_mark=mark)
        self.runs.filter(state_reason=PAUSED_WITH_BROADCAST).resume()
        self._switch(on=True)

    @transaction.atomic
    def cancel(self, now: datetime) -> None:
        """For good: nothing fires any more, and what its runs have not sent stays unsent."""
        self._move(self.LIVE, self.State.CANCELLED)
        self.runs.all().cancel(now)
        self._switch(on=False)

    @transaction.atomic
    def finish(self) -> None:
        """A one-off has fired and its run is over."""
        self._move((self.State.SCHEDULED,), self.State.FINISHED)
        self._switch(on=False)

    def _move(self, sources: Collection[State], target: State, **fields: object) -> None:
        """The conditional UPDATE behind every transition: two clicks make one."""
        fields = {"state_reason": "", **fields, "state": target}
        if not Broadcast.objects.filter(pk=self.pk, state__in=sources).update(**fields):
            self.refresh_from_db(fields=("state",))
            raise ValidationError(f"{self} is {self.state}: this is not possible then.")
        for name, value in fields.items():
            setattr(self, name, value)

    def _lock(self) -> None:
        locked = Broadcast.objects.select_for_update(no_key=True)
        self.refresh_from_db(fields=("state", "schedule"), from_queryset=locked)

    def _switch(self, *, on: bool) -> None:
        if self.schedule:
            switch(self.schedule, on=on)
