"""Composing and scheduling a broadcast in the admin."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django_celery_beat.models import PeriodicTask

from broadcasts.models import Broadcast
from broadcasts.tests.factories import make_broadcast, make_message
from teams.models import Group
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

ONCE = {"when": "once", "date": "2030-03-04", "time": "11:30", "zone": "Europe/Berlin"}
RULES = {
    "priority": 3,
    "late_minutes": 60,
    "quiet_minutes": 1440,
    "overlap": "wait",
    "failure_percent": 20,
    "failure_minimum": 20,
}
WEEKDAYS = {
    "when": "crontab",
    "minute": "30",
    "hour": "11",
    "day_of_week": "mon-fri",
    "zone": "Europe/Berlin",
}


def _add_broadcast(client: Client, **fields: Any) -> Any:
    message = make_message()
    data = {"name": "Lunch", "message": message.pk, "teams": [make_team().pk]} | RULES | fields
    return client.post("/admin/broadcasts/broadcast/add/", data, follow=True)


def _started() -> Broadcast:
    broadcast = make_broadcast(teams=(make_team(),))
    broadcast.schedule_crontab(minute="30", hour="11", day_of_week="mon-fri", zone="Asia/Tokyo")
    broadcast.start(datetime.now(UTC))
    return broadcast


def _errors(response: Any) -> str:
    return str(response.context["adminform"].form.errors)


def test_a_single_time_is_stored_in_its_zone(staff: Client) -> None:
    _add_broadcast(staff, **ONCE)

    schedule = Broadcast.objects.get().schedule
    assert schedule is not None
    assert schedule.clocked is not None
    assert schedule.clocked.clocked_time == datetime(2030, 3, 4, 10, 30, tzinfo=UTC)
    assert not schedule.enabled


def test_a_weekday_schedule_is_stored_and_shown_with_its_zone(staff: Client) -> None:
    _add_broadcast(staff, **WEEKDAYS)
    broadcast = Broadcast.objects.get()

    page = staff.get(f"/admin/broadcasts/broadcast/{broadcast.pk}/change/").content.decode()

    assert broadcast.schedule is not None
    assert str(broadcast.schedule.crontab.timezone) == "Europe/Berlin"
    assert page.count(", 11:30 CE") == 5
    assert "Europe/Berlin" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"date": "2020-01-01"}, "is in the past"),
        ({"date": ""}, "Needed for a broadcast that fires once"),
        ({"date": "2030-03-31", "time": "02:30"}, "this time does not exist"),
        ({**WEEKDAYS, "hour": "25"}, "The hour &#x27;25&#x27; cannot be read"),
        ({**WEEKDAYS, "minute": ""}, "* stands for every minute"),
        ({**WEEKDAYS, "hour": " "}, "* stands for every hour"),
        ({**WEEKDAYS, "day_of_month": "31", "month_of_year": "2"}, "it would never fire"),
    ],
)
def test_an_impossible_schedule_is_refused_and_kept_on_the_form(
    staff: Client, changes: dict[str, str], sentence: str
) -> None:
    response = _add_broadcast(staff, **{**ONCE, **changes})

    assert sentence in _errors(response)
    assert b'value="Lunch"' in response.content
    assert not Broadcast.objects.exists()


def test_each_part_of_a_crontab_is_refused_at_its_own_place(staff: Client) -> None:
    response = _add_broadcast(staff, **{**WEEKDAYS, "hour": "25", "day_of_week": "someday"})

    assert list(response.context["adminform"].form.errors) == ["hour", "day_of_week"]


def test_a_group_cannot_be_chosen_and_excluded(staff: Client) -> None:
    group = Group.objects.create(team=make_team(), name="Kitchen")

    response = _add_broadcast(staff, **ONCE, groups=[group.pk], excluded_groups=[group.pk])

    assert "Both chosen and excluded: Kitchen." in _errors(response)


def test_editing_the_name_leaves_the_schedule_alone(staff: Client) -> None:
    broadcast = _started()
    before = Broadcast.objects.values_list("last_fired", "schedule_mark").get()
    page = f"/admin/broadcasts/broadcast/{broadcast.pk}/change/"
    form = staff.get(page).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}

    staff.post(page, {**data, "name": "Renamed"})

    broadcast.refresh_from_db()
    assert broadcast.name == "Renamed"
    assert (broadcast.last_fired, broadcast.schedule_mark) == before


def test_a_cancelled_broadcast_takes_no_new_schedule(staff: Client) -> None:
    broadcast = _started()
    broadcast.cancel(datetime.now(UTC))
    data = {"name": "Again", "message": broadcast.message_id, **RULES, **ONCE}

    response = staff.post(f"/admin/broadcasts/broadcast/{broadcast.pk}/change/", data)

    assert "It is cancelled: make another broadcast." in _errors(response)


def test_a_living_broadcast_is_not_deleted(staff: Client) -> None:
    broadcast = _started()

    staff.post(f"/admin/broadcasts/broadcast/{broadcast.pk}/delete/", {"post": "yes"})

    assert Broadcast.objects.filter(pk=broadcast.pk).exists()


def test_deleting_a_draft_takes_its_schedule_along(staff: Client) -> None:
    _add_broadcast(staff, **ONCE)
    broadcast = Broadcast.objects.get()

    staff.post(f"/admin/broadcasts/broadcast/{broadcast.pk}/delete/", {"post": "yes"})

    assert not Broadcast.objects.exists()
    assert not PeriodicTask.objects.filter(pk=broadcast.schedule_id).exists()


def test_deleting_the_schedule_of_a_living_broadcast_is_refused(staff: Client) -> None:
    broadcast = _started()

    response = staff.post(
        f"/admin/django_celery_beat/periodictask/{broadcast.schedule_id}/delete/",
        {"post": "yes"},
        follow=True,
    )

    assert b"cancel the broadcast instead" in response.content
    assert PeriodicTask.objects.filter(pk=broadcast.schedule_id).exists()


def test_switching_the_schedule_off_and_on_pauses_and_resumes(staff: Client) -> None:
    broadcast = _started()
    page = f"/admin/django_celery_beat/periodictask/{broadcast.schedule_id}/change/"
    assert broadcast.schedule is not None
    crontab = broadcast.schedule.crontab_id

    staff.post(page, {"crontab": crontab, "clocked": ""})
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.PAUSED
    assert not PeriodicTask.objects.get(pk=broadcast.schedule_id).enabled

    staff.post(page, {"crontab": crontab, "clocked": "", "enabled": "on"})
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.SCHEDULED
    assert PeriodicTask.objects.get(pk=broadcast.schedule_id).enabled


def test_rules_are_set_on_the_form(staff: Client) -> None:
    _add_broadcast(staff, **ONCE, late_minutes=5, overlap="skip", failure_percent=100)

    broadcast = Broadcast.objects.get()
    assert (broadcast.late_minutes, broadcast.overlap) == (5, "skip")
    assert (broadcast.failure_percent, broadcast.failure_minimum) == (100, 20)


def test_a_share_above_a_hundred_is_refused(staff: Client) -> None:
    response = _add_broadcast(staff, **ONCE, failure_percent=101)

    assert "less than or equal to 100" in _errors(response)
