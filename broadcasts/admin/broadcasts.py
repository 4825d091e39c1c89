"""Broadcasts: composed, scheduled, started, paused, cancelled."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse

from broadcasts.admin.broadcast_form import CRONTAB, RULES, SCHEDULE, BroadcastForm
from broadcasts.estimates import estimate
from broadcasts.models import Broadcast
from broadcasts.recurrence import Crontab
from teams.admin.acting import Act, ActingAdmin, each
from teams.admin.base import state_label
from teams.models.team import BY_STAFF

State = Broadcast.State
SHOWN_INSTANTS = 5
SHOWN_LANES = 20

ACTS = (
    Act(
        name="start",
        label="Start",
        run=lambda broadcasts, now: each(broadcasts, lambda broadcast: broadcast.start(now)),
        done="Started",
        possible=lambda broadcast: broadcast.state == State.DRAFT,
        confirm="From now on it fires by its schedule and writes to its audience.",
    ),
    Act(
        name="pause",
        label="Pause",
        run=lambda broadcasts, now: each(
            broadcasts, lambda broadcast: broadcast.pause(f"{BY_STAFF}.")
        ),
        done="Paused",
        possible=lambda broadcast: broadcast.state == State.SCHEDULED,
    ),
    Act(
        name="resume",
        label="Resume",
        run=lambda broadcasts, now: each(broadcasts, lambda broadcast: broadcast.resume(now)),
        done="Resumed",
        possible=lambda broadcast: broadcast.state == State.PAUSED,
    ),
    Act(
        name="cancel",
        label="Cancel the broadcast",
        run=lambda broadcasts, now: each(broadcasts, lambda broadcast: broadcast.cancel(now)),
        done="Cancelled",
        possible=lambda broadcast: broadcast.state in Broadcast.LIVE,
        confirm="It never fires again, and what its runs have not sent yet stays unsent.",
    ),
)


@admin.register(Broadcast)
class BroadcastAdmin(ActingAdmin[Broadcast]):
    acts = ACTS
    form = BroadcastForm
    list_display = ("name", "shown_state", "message", "schedule_in_words", "run_count", "last_run")
    list_filter = ("state",)
    list_select_related = ("message", "schedule__crontab", "schedule__clocked")
    search_fields = ("name", "message__name")
    autocomplete_fields = ("message", "teams", "groups", "excluded_groups")
    change_form_outer_before_template = "admin/broadcasts/broadcast_before.html"
    fieldsets = (
        (None, {"fields": ("name", "message", "priority")}),
        ("To whom", {"fields": ("teams", "groups", "excluded_groups")}),
        ("If something goes wrong", {"fields": RULES}),
        ("When", {"fields": SCHEDULE}),
    )
    conditional_fields = {
        **dict.fromkeys(("date", "time"), "when == 'once'"),
        **dict.fromkeys(CRONTAB, "when == 'crontab'"),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Broadcast]:
        broadcasts = super().get_queryset(request).select_related(*self.list_select_related)
        return broadcasts.annotate(runs_made=Count("runs"), ran_at=Max("runs__scheduled_for"))

    def get_fieldsets(self, request: HttpRequest, obj: Broadcast | None = None) -> Any:
        """Whoever may only look sees the schedule in words, above the form."""
        may_write = self.has_change_permission(request, obj) if obj else True
        return self.fieldsets if may_write else self.fieldsets[:-1]

    def get_actions(self, request: HttpRequest, *place: Any) -> dict[str, Any]:
        """Deleting goes one by one, past the question whether it lives."""
        actions = super().get_actions(request, *place)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Broadcast | None = None) -> bool:
        is_live = obj is not None and obj.state in Broadcast.LIVE
        return not is_live and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Broadcast) -> None:
        schedule = obj.schedule
        super().delete_model(request, obj)
        if schedule:
            schedule.delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.has_new_schedule:
            try:
                form.save_schedule()
            except ValidationError as error:
                self.message_user(
                    request, f"Not scheduled: {' '.join(error.messages)}", messages.ERROR
                )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        broadcast = self.get_object(request, object_id)
        context = _outlook(broadcast) if broadcast else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    @state_label({State.SCHEDULED: "success", State.PAUSED: "warning", State.CANCELLED: "danger"})
    def shown_state(self, broadcast: Broadcast) -> tuple[str, str]:
        return broadcast.state, broadcast.get_state_display().partition(":")[0]

    @admin.display(description="schedule")
    def schedule_in_words(self, broadcast: Broadcast) -> str:
        return in_words(broadcast)

    @admin.display(description="runs")
    def run_count(self, broadcast: Any) -> int:
        return int(broadcast.runs_made)

    @admin.display(description="last run", ordering="ran_at")
    def last_run(self, broadcast: Any) -> Any:
        return broadcast.ran_at


def in_words(broadcast: Broadcast) -> str:
    """When it fires, with its zone."""
    task = broadcast.schedule
    if task is None:
        return "No schedule yet"
    if task.clocked:
        return f"Once, {task.clocked.clocked_time:%Y-%m-%d %H:%M %Z}"
    return str(task.crontab.human_readable) if task.crontab else "Not a schedule for broadcasts"


def _outlook(broadcast: Broadcast) -> dict[str, Any]:
    """When it fires next, in its own zone, and to how many as things stand."""
    now = datetime.now(UTC)
    try:
        spec = broadcast.spec
        instants = broadcast.next_instants(now, SHOWN_INSTANTS)
    except ValidationError:
        spec, instants = None, []
    lanes = estimate(broadcast.audience(), now)
    zone = ZoneInfo(spec.zone if isinstance(spec, Crontab) else settings.TIME_ZONE)
    return {
        "schedule_in_words": in_words(broadcast),
        "instants": [instant.astimezone(zone) for instant in instants],
        "zone": zone.key,
        "audience_size": sum(lane.people for lane in lanes),
        "lanes": lanes[:SHOWN_LANES],
        "more_lanes": max(0, len(lanes) - SHOWN_LANES),
        "is_live": broadcast.state in Broadcast.LIVE,
    }
