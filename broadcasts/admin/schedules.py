"""The beat's schedules: that of a broadcast acts on the broadcast, the hub's own stay."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from broadcasts.models import Broadcast
from teams.admin.base import HubAdmin, HubForm
from teams.models.team import BY_STAFF

for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


def _broadcast_of(task: PeriodicTask | None) -> Broadcast | None:
    return Broadcast.objects.filter(schedule=task).first() if task else None


class ScheduleForm(HubForm[PeriodicTask]):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("crontab")) == bool(cleaned.get("clocked")):
            raise ValidationError("Choose either a crontab or a single, clocked time.")
        # Beat's own model insists on it.
        self.instance.one_off = bool(cleaned.get("clocked"))
        return cleaned


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(HubAdmin[PeriodicTask]):
    form = ScheduleForm
    list_display = ("name", "enabled", "schedule_in_words", "shown_broadcast", "last_run_at")
    list_filter = ("enabled", "one_off")
    list_select_related = ("crontab", "clocked", "interval", "broadcast")
    search_fields = ("name",)
    autocomplete_fields = ("crontab", "clocked")
    fields = ("name", "enabled", "crontab", "clocked", "task", "shown_broadcast", "last_run_at")
    readonly_fields = ("name", "task", "shown_broadcast", "last_run_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_actions(self, request: HttpRequest, *place: Any) -> dict[str, Any]:
        actions = super().get_actions(request, *place)
        actions.pop("delete_selected", None)
        return actions

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A schedule comes with its broadcast."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PeriodicTask | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or _broadcast_of(obj) is not None)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        task = self.get_object(request, unquote(object_id))
        if task and (sentence := _why_it_stays(task)):
            self.message_user(request, sentence, messages.ERROR)
            address = reverse("admin:django_celery_beat_periodictask_change", args=(task.pk,))
            return HttpResponseRedirect(address)
        return super().delete_view(request, object_id, extra_context)

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: bool) -> None:
        """An edit of the schedule counts from now; the switch pauses or resumes the broadcast."""
        broadcast = _broadcast_of(obj)
        if broadcast is None:
            return
        now = datetime.now(UTC)
        is_new_schedule = not {"crontab", "clocked"}.isdisjoint(form.changed_data)
        wanted, obj.enabled = obj.enabled, form.initial["enabled"]
        if is_new_schedule:
            obj.save()
            broadcast.refresh_from_db()
            broadcast.schedule_edited(now)
        if "enabled" in form.changed_data:
            self._switch(request, broadcast, wanted=wanted, now=now)

    def _switch(
        self, request: HttpRequest, broadcast: Broadcast, *, wanted: bool, now: datetime
    ) -> None:
        try:
            if wanted:
                broadcast.resume(now)
            else:
                broadcast.pause(f"{BY_STAFF}: its schedule was switched off.")
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            word = "goes on" if wanted else "is paused"
            self.message_user(request, f"The broadcast {broadcast} {word}.", messages.SUCCESS)

    @admin.display(description="schedule")
    def schedule_in_words(self, task: PeriodicTask) -> str:
        if task.crontab:
            return str(task.crontab.human_readable)
        if task.clocked:
            return f"{task.clocked.clocked_time:%Y-%m-%d %H:%M %Z}"
        return str(task.interval or "-")

    @admin.display(description="broadcast")
    def shown_broadcast(self, task: PeriodicTask) -> str:
        broadcast = getattr(task, "broadcast", None)
        return f"{broadcast} ({broadcast.get_state_display()})" if broadcast else "The hub's own"


def _why_it_stays(task: PeriodicTask) -> str:
    broadcast = _broadcast_of(task)
    if broadcast is None:
        return f"{task.name} keeps the hub at work and cannot be deleted."
    if broadcast.state in Broadcast.LIVE:
        return f"The broadcast {broadcast} lives by this schedule: cancel the broadcast instead."
    return f"The broadcast {broadcast} belongs to this schedule: delete the broadcast instead."


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(HubAdmin[CrontabSchedule]):
    list_display = ("human_readable", "minute", "hour", "day_of_week", "timezone")
    search_fields = ("minute", "hour", "day_of_week", "timezone")
    fields = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(HubAdmin[ClockedSchedule]):
    list_display = ("clocked_time",)
    search_fields = ("clocked_time",)
    fields = ("clocked_time",)
