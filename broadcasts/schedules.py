"""Between django-celery-beat's rows, which staff edit, and the pure rules of recurrence.py."""

from datetime import UTC
from hashlib import sha256

from django.core.exceptions import ValidationError
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask

from broadcasts.recurrence import Crontab, Once, Spec


def spec_of(task: PeriodicTask) -> Spec:
    """When it is due; raises ValidationError for a schedule that broadcasts cannot have."""
    if task.clocked:
        # In UTC, as the database gives it: another name of the zone is no edit of the schedule.
        return Once(task.clocked.clocked_time.astimezone(UTC))
    if not task.crontab:
        raise ValidationError(
            "A broadcast needs a crontab or a single time: intervals and the sun's position "
            "depend on when the scheduler was started."
        )
    row = task.crontab
    spec = Crontab(
        row.minute,
        row.hour,
        row.day_of_month,
        row.month_of_year,
        row.day_of_week,
        str(row.timezone),
    )
    try:
        spec.check()
    except ValueError as error:
        raise ValidationError(str(error)) from error
    return spec


def mark_of(spec: Spec) -> str:
    """Differs when the schedule does, whichever of its rows was edited."""
    return sha256(repr(spec).encode()).hexdigest()


def crontab_row(spec: Crontab) -> CrontabSchedule:
    """The row of these fields; raises ValidationError with a sentence for unreadable ones."""
    try:
        spec.check()
    except ValueError as error:
        raise ValidationError(str(error)) from error
    fields = {
        "minute": spec.minute,
        "hour": spec.hour,
        "day_of_month": spec.day_of_month,
        "month_of_year": spec.month_of_year,
        "day_of_week": spec.day_of_week,
        "timezone": spec.zone,
    }
    # Nothing keeps these rows unique, so the first of several will do.
    found = CrontabSchedule.objects.filter(**fields).first()
    if found:
        return found
    row = CrontabSchedule(**fields)
    row.full_clean()
    row.save()
    return row


def clocked_row(spec: Once) -> ClockedSchedule:
    found = ClockedSchedule.objects.filter(clocked_time=spec.at).first()
    return found or ClockedSchedule.objects.create(clocked_time=spec.at)


def was_fired_by_beat(task: PeriodicTask) -> bool:
    """Whether Beat itself switched this one-off off.

    It does so after sending its message, and wipes last_run_at with it; only the time of that save
    tells it from a switch-off by staff, which comes before the instant (or in bulk, without a new
    date_changed).
    """
    return bool(task.clocked and task.date_changed >= task.clocked.clocked_time)


def switch(task: PeriodicTask, *, on: bool) -> None:
    """Make Beat wake for it or not; saved whole fields only, since Beat writes this row too."""
    task.enabled = on
    task.save(update_fields=("enabled", "last_run_at", "date_changed"))
