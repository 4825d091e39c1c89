"""Quiet hours: what comes in them waits for their end, or is skipped by the broadcast's rule."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from broadcasts.expansion import expand_chunk
from broadcasts.models import Delivery, Run
from broadcasts.posting import post
from broadcasts.quiet_hours import wake
from broadcasts.sending.ledger import Ledger
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from broadcasts.tests.ledgers import in_hand, open_ledger
from broadcasts.tests.sending import connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Recipient, Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
TOKYO = "Asia/Tokyo"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with open_ledger() as ledger:
        yield ledger


def around_now(zone: str) -> dict[str, Any]:
    """Quiet hours that began an hour ago there and end in another one."""
    here = datetime.now(ZoneInfo(zone))
    return {"quiet_from": (here - HOUR).time(), "quiet_to": (here + HOUR).time()}


def make_row(**fields: Any) -> Delivery:
    """One of a run that Slack has taken, for somebody in a team of its own."""
    team = make_team(time_zone=fields.pop("team_zone", "UTC"))
    rules = {"quiet_minutes": fields.pop("quiet_minutes", 1440)}
    person = make_person(team, **fields)
    run = make_run(make_broadcast(teams=(team,), **rules), first_ok_at=datetime.now(UTC))
    return make_delivery(run, person)


def end_of(row: Delivery) -> timedelta:
    """How far off it is due."""
    row.refresh_from_db()
    return row.due_at - datetime.now(UTC)


def test_a_row_waits_for_the_end_of_the_quiet_hours_without_an_attempt(ledger: Ledger) -> None:
    row = make_row(time_zone=TOKYO, **around_now(TOKYO))
    other = make_row(time_zone="Europe/Berlin", **around_now(TOKYO))

    marked = ledger.exchange([], [in_hand(row), in_hand(other)])

    assert marked == {other.pk: 1}
    assert timedelta(minutes=58) < end_of(row) <= HOUR
    assert (row.state, row.attempt, row.error) == ("ready", 0, Delivery.QUIET_HOURS)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus_Mons", "Nowhere; DROP"])
def test_without_a_known_zone_of_theirs_a_clock_is_found(ledger: Ledger, zone: str) -> None:
    """Their team's where they have none, and UTC where the name means nothing."""
    row = make_row(team_zone="UTC", time_zone=zone, **around_now("UTC"))

    assert ledger.exchange([], [in_hand(row)]) == {}
    assert end_of(row) > timedelta(minutes=58)


def test_it_goes_when_the_quiet_hours_are_over(ledger: Ledger) -> None:
    row = make_row(time_zone="UTC", **around_now("UTC"))
    ledger.exchange([], [in_hand(row)])

    Recipient.objects.get().keep_quiet(None)

    assert ledger.exchange([], [in_hand(row)]) == {row.pk: 1}


def test_what_waited_is_due_when_they_are_taken_away(ledger: Ledger) -> None:
    row, other = (make_row(time_zone="UTC", **around_now("UTC")) for _ in range(2))
    twin = make_person(make_team(team_id=row.team.team_id), slack_id=row.slack_id)
    ledger.exchange([], [in_hand(row), in_hand(other)])

    assert wake([twin]) == 1

    assert (end_of(row) <= timedelta(), row.error) == (True, "")
    assert end_of(other) > timedelta(minutes=58)


def test_a_post_outside_broadcasts_is_due_again_as_well() -> None:
    person = make_person(make_team())
    post(person.team, key="say:1", slack_id=person.slack_id, text="Lunch")
    later = datetime.now(UTC) + HOUR
    Delivery.objects.update(error=Delivery.QUIET_HOURS, due_at=later)

    assert wake([person]) == 1
    assert end_of(Delivery.objects.get()) <= timedelta()


def test_what_failed_or_was_put_off_for_another_reason_is_left_alone() -> None:
    refused, settled = make_row(), make_row()
    later = datetime.now(UTC) + HOUR
    Delivery.objects.update(due_at=later)
    Delivery.objects.filter(pk=settled.pk).update(state="skipped", error=Delivery.QUIET_HOURS)

    assert wake(Recipient.objects.all()) == 0
    assert end_of(refused) > timedelta(minutes=58)


def test_a_broadcast_that_does_not_wait_so_long_skips_it(ledger: Ledger) -> None:
    row, patient = (
        make_row(time_zone="UTC", quiet_minutes=minutes, **around_now("UTC"))
        for minutes in (50, 70)
    )

    assert ledger.exchange([], [in_hand(row), in_hand(patient)]) == {}

    row.refresh_from_db()
    patient.refresh_from_db()
    assert (row.state, row.error) == ("skipped", Delivery.QUIET_HOURS)
    assert (patient.state, patient.error) == ("ready", Delivery.QUIET_HOURS)


def test_a_post_outside_broadcasts_waits_as_well(ledger: Ledger) -> None:
    person = make_person(make_team(), time_zone="UTC", **around_now("UTC"))
    row = Delivery.objects.create(
        team=person.team,
        recipient=person,
        key="say:1",
        slack_id=person.slack_id,
        due_at=datetime.now(UTC),
    )

    assert ledger.exchange([], [in_hand(row)]) == {}
    assert end_of(row) > timedelta(minutes=58)


def expanded(team: Team, **rules: Any) -> Run:
    run = make_run(make_broadcast(teams=(team,), **rules), as_of=datetime.now(UTC))
    while expand_chunk(run.pk):
        pass
    return run


def test_who_is_in_quiet_hours_is_due_at_their_end_from_the_start() -> None:
    team = make_team()
    quiet = make_person(team, time_zone=TOKYO, **around_now(TOKYO))
    awake = make_person(team, time_zone="Europe/Berlin", **around_now(TOKYO))

    run = expanded(team)

    rows = {row.recipient_id: row for row in run.deliveries.all()}
    assert end_of(rows[quiet.pk]) > timedelta(minutes=58)
    assert rows[quiet.pk].error == Delivery.QUIET_HOURS
    assert (end_of(rows[awake.pk]) <= timedelta(), rows[awake.pk].error) == (True, "")


def test_of_a_broadcast_that_does_not_wait_they_are_due_and_skipped(ledger: Ledger) -> None:
    team = make_team()
    make_person(team, time_zone="UTC", **around_now("UTC"))

    row = expanded(team, quiet_minutes=0).deliveries.get()

    assert ledger.exchange([], [in_hand(row)]) == {}
    row.refresh_from_db()
    assert row.state == Delivery.State.SKIPPED


def test_a_sender_serves_the_others_and_leaves_who_has_just_gone_quiet(
    slack: RunningSandbox,
) -> None:
    """Though the quiet one was to be the first of the run, while Slack never took its content."""
    run = expanded_run(connect_team(slack, 3))
    first = Recipient.objects.order_by("pk")[0]
    Recipient.objects.filter(pk=first.pk).update(time_zone="UTC", **around_now("UTC"))

    with running_sender():
        wait_until(lambda: run.deliveries.filter(state=Delivery.State.SENT).count() == 2)

    left = run.deliveries.get(recipient=first)
    assert (left.state, left.attempt, left.error) == ("ready", 0, Delivery.QUIET_HOURS)
    assert first.slack_id not in {post["user"] for post in slack.posts()}


def test_quiet_hours_do_not_keep_the_next_firing() -> None:
    quiet, busy = make_row(), make_row()
    Delivery.objects.filter(pk=quiet.pk).update(error=Delivery.QUIET_HOURS)
    Run.objects.update(expanded_at=datetime.now(UTC))

    assert [run.pk for run in Run.objects.still_sending()] == [busy.run_id]


def test_quiet_hours_need_an_end() -> None:
    person = make_person(make_team())

    with pytest.raises(ValidationError, match="different times"):
        person.keep_quiet((time(8), time(8)))


def quiet_end(zone: str, hours: tuple[str, str], moment: str) -> str | None:
    """The end as UTC, or None outside of the quiet hours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_char(teams_quiet_end(%s, %s, %s, %s) AT TIME ZONE 'UTC', 'DD HH24:MI')",
            (zone, *hours, moment),
        )
        (end,) = cursor.fetchone() or (None,)
    return end


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "end"),
    [
        ("UTC", ("12:00", "13:30"), "2026-03-02 11:59Z", None),
        ("UTC", ("12:00", "13:30"), "2026-03-02 12:00Z", "02 13:30"),
        ("UTC", ("12:00", "13:30"), "2026-03-02 13:30Z", None),
        ("UTC", ("22:00", "07:00"), "2026-03-02 23:00Z", "03 07:00"),
        ("UTC", ("22:00", "07:00"), "2026-03-02 06:59Z", "02 07:00"),
        ("UTC", ("22:00", "07:00"), "2026-03-02 07:00Z", None),
        (TOKYO, ("22:00", "07:00"), "2026-03-02 13:00Z", "02 22:00"),
        # The night in which Berlin's clocks go forward, and that in which they go back.
        ("Europe/Berlin", ("22:00", "07:00"), "2026-03-28 22:00Z", "29 05:00"),
        ("Europe/Berlin", ("22:00", "07:00"), "2026-10-24 22:00Z", "25 06:00"),
        ("Europe/Berlin", ("01:00", "02:30"), "2026-03-29 00:30Z", "29 01:30"),
    ],
)
def test_the_end_of_quiet_hours(
    zone: str, hours: tuple[str, str], moment: str, end: str | None
) -> None:
    assert quiet_end(zone, hours, moment) == end
