"""The form of a broadcast; its schedule goes straight into the PeriodicTask that is its store."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
)

from broadcasts.models import Broadcast
from broadcasts.recurrence import Crontab, next_instants
from teams.admin.base import HubForm
from teams.models import Group

CRONTAB = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
RULES = ("late_minutes", "overlap", "quiet_minutes", "failure_percent", "failure_minimum")
SCHEDULE = ("when", "zone", "date", "time", *CRONTAB)


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(available_timezones()) if name != "localtime"]


def _text(label: str, initial: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        initial=initial,
        required=False,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(),
    )


class BroadcastForm(HubForm[Broadcast]):
    when = forms.ChoiceField(
        label="Fires",
        choices=(("once", "Once, at a date and time"), ("crontab", "Again and again")),
        initial="once",
        widget=UnfoldAdminRadioSelectWidget(),
    )
    date = forms.DateField(required=False, widget=UnfoldAdminSingleDateWidget())
    time = forms.TimeField(required=False, widget=UnfoldAdminSingleTimeWidget())
    minute = _text("Minute", "30", "0 to 59, or */15 for every quarter of an hour.")
    hour = _text("Hour", "11", "0 to 23. Monday to Friday at 11:30 is 30, 11, mon-fri, *, *.")
    day_of_week = _text("Weekdays", "mon-fri", "mon-fri, or mon,wed; * for every day.")
    day_of_month = _text("Days of the month", "*", "1 to 31; 1 for the first, * for every day.")
    month_of_year = _text("Months", "*", "1 to 12; * for every month.")
    zone = forms.ChoiceField(
        label="Time zone",
        choices=_zones,
        initial=settings.TIME_ZONE,
        widget=UnfoldAdminSelect2Widget(),
        help_text="The hour stays the same there when the clocks change.",
    )

    class Meta:
        model = Broadcast
        fields = ("name", "message", "teams", "groups", "excluded_groups", "priority", *RULES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        broadcast = kwargs.get("instance")
        if broadcast is not None:
            kwargs["initial"] = {**schedule_fields(broadcast), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_groups(cleaned)
        if self.has_new_schedule and not self.errors:
            if self.instance.state not in (Broadcast.State.DRAFT, *Broadcast.LIVE):
                self.add_error("when", f"It is {self.instance.state}: make another broadcast.")
            elif cleaned["when"] == "once":
                self._check_instant(cleaned)
            else:
                self._check_crontab(cleaned)
        return cleaned

    @property
    def has_new_schedule(self) -> bool:
        """Only an edit of the schedule moves what is due."""
        if "when" not in self.fields:
            return False
        return self.instance.schedule_id is None or not set(SCHEDULE).isdisjoint(self.changed_data)

    def save_schedule(self) -> None:
        """After the broadcast itself is saved.

        Raises:
            ValidationError: with a sentence, for what only a look at the rows could tell.
        """
        cleaned = self.cleaned_data
        if cleaned["when"] == "once":
            self.instance.schedule_once(cleaned["at"])
        else:
            fields = {name: cleaned[name] for name in CRONTAB}
            self.instance.schedule_crontab(**fields, zone=cleaned["zone"])

    def _check_groups(self, cleaned: dict[str, Any]) -> None:
        both = Group.objects.filter(pk__in=cleaned.get("groups") or []).filter(
            pk__in=cleaned.get("excluded_groups") or []
        )
        if names := ", ".join(str(group) for group in both):
            self.add_error("excluded_groups", f"Both chosen and excluded: {names}.")

    def _check_instant(self, cleaned: dict[str, Any]) -> None:
        for name in ("date", "time"):
            if not cleaned.get(name):
                self.add_error(name, "Needed for a broadcast that fires once.")
        if self.errors:
            return
        zone = ZoneInfo(cleaned["zone"])
        at = datetime.combine(cleaned["date"], cleaned["time"], tzinfo=zone)
        if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at.replace(tzinfo=None):
            self.add_error("time", "The clocks go forward that night: this time does not exist.")
        elif at <= datetime.now(UTC):
            self.add_error("time", f"{at:%Y-%m-%d %H:%M %Z} is in the past.")
        cleaned["at"] = at.astimezone(UTC)

    def _check_crontab(self, cleaned: dict[str, Any]) -> None:
        for name in ("minute", "hour"):
            if not cleaned.get(name):
                self.add_error(name, f"Needed; * stands for every {name}.")
        fields = {name: cleaned.get(name) or "*" for name in CRONTAB}
        for name, value in fields.items():
            alone = dict.fromkeys(CRONTAB, "*") | {name: value}
            try:
                Crontab(**alone, zone=cleaned["zone"]).check()
            except ValueError as error:
                self.add_error(name, str(error))
        if self.errors:
            return
        if not next_instants(Crontab(**fields, zone=cleaned["zone"]), datetime.now(UTC), 1):
            self.add_error("day_of_month", "There is no such day: it would never fire.")
        cleaned.update(fields)


def schedule_fields(broadcast: Broadcast) -> dict[str, Any]:
    """What the form shows of a schedule that is there."""
    task = broadcast.schedule
    if task is None:
        return {}
    if task.clocked:
        zone = ZoneInfo(settings.TIME_ZONE)
        at = task.clocked.clocked_time.astimezone(zone)
        return {"when": "once", "date": at.date(), "time": at.time(), "zone": zone.key}
    if not task.crontab:
        return {}
    fields = {name: getattr(task.crontab, name) for name in CRONTAB}
    return {"when": "crontab", **fields, "zone": str(task.crontab.timezone)}
