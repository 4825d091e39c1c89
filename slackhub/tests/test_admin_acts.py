"""Actions of the admin: they check permission and state, and say what they did to how many."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from broadcasts.models import Broadcast, Delivery, Engine, Run
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from slackhub.tests.rows import make_staff
from teams.models import Recipient, Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


def _act(client: Client, row: str, name: str) -> str:
    """Press the button on the page of one row; what the next page says."""
    response = client.post(f"/admin/{row}/act/{name}/", follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def _act_on(client: Client, model: str, name: str, *rows: int, **more: str) -> Any:
    data = {"action": name, "_selected_action": [str(pk) for pk in rows], "index": "0", **more}
    return client.post(f"/admin/{model}/", data, follow=True)


def _said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_pausing_selected_teams_says_how_many_and_leaves_the_others(staff: Client) -> None:
    team, paused, other = make_team(), make_team(state="paused"), make_team()

    response = _act_on(staff, "teams/team", "pause", team.pk, paused.pk)

    states = dict(Team.objects.values_list("pk", "state"))
    assert states == {team.pk: "paused", paused.pk: "paused", other.pk: "connected"}
    assert _said(response) == ["Paused 1 team.", "Only a connected team can be paused."]
    assert LogEntry.objects.filter(change_message__contains="Pause").exists()


def test_a_disconnected_team_cannot_be_resumed(staff: Client) -> None:
    team = make_team(state="disconnected")

    said = _act(staff, f"teams/team/{team.pk}", "resume")

    team.refresh_from_db()
    assert team.state == "disconnected"
    assert "must be installed again" in said


@pytest.mark.parametrize("name", ["pause", "resume", "sync"])
def test_a_viewer_cannot_act(client: Client, name: str) -> None:
    team = make_team()
    client.force_login(make_staff("teams.view_team"))

    assert client.post(f"/admin/teams/team/{team.pk}/act/{name}/").status_code == 403
    _act_on(client, "teams/team", name, team.pk)
    team.refresh_from_db()
    assert team.state == "connected"


def test_acting_by_a_link_only_asks(staff: Client) -> None:
    team = make_team()

    response = staff.get(f"/admin/teams/team/{team.pk}/act/pause/")

    team.refresh_from_db()
    assert response.status_code == 200
    assert team.state == "connected"


def test_unknown_actions_are_not_found(staff: Client) -> None:
    assert staff.post(f"/admin/teams/team/{make_team().pk}/act/explode/").status_code == 404


def test_opting_somebody_in_again_is_asked_first(staff: Client) -> None:
    person = make_person(make_team(), opted_out_at=LONG_AGO)
    address = "teams/recipient"

    asked = _act_on(staff, address, "opt_in", person.pk)
    assert b"Only do this when they asked you to." in asked.content
    assert Recipient.objects.get(pk=person.pk).opted_out_at is not None

    done = _act_on(staff, address, "opt_in", person.pk, confirmed="yes")
    assert _said(done) == ["Opted in 1 recipient."]
    assert Recipient.objects.get(pk=person.pk).opted_out_at is None


def test_cancelling_a_run_is_asked_first(staff: Client) -> None:
    run, other = make_run(), make_run()

    page = staff.get(f"/admin/broadcasts/run/{run.pk}/act/cancel/").content.decode()
    assert "stays unsent, for good" in page
    assert "Cancelled 1 run." in _act(staff, f"broadcasts/run/{run.pk}", "cancel")

    assert Run.objects.get(pk=run.pk).state == Run.State.CANCELLED
    assert Run.objects.get(pk=other.pk).state == Run.State.ACTIVE


def test_retrying_the_failed_reopens_a_finished_run(staff: Client) -> None:
    run = make_run(state=Run.State.FINISHED, finished_at=LONG_AGO, expanded_at=LONG_AGO)
    failed = make_delivery(run, make_person(make_team()), state="failed")
    sent = make_delivery(run, make_person(make_team()), state="sent", ts="1.1")
    other = make_delivery(make_run(), make_person(make_team()), state="failed")

    said = _act(staff, f"broadcasts/run/{run.pk}", "retry_failed")

    states = dict(Delivery.objects.values_list("pk", "state"))
    assert said == "Due again: 1 failed deliveries."
    assert states == {failed.pk: "ready", sent.pk: "sent", other.pk: "failed"}
    assert Run.objects.get(pk=run.pk).state == Run.State.ACTIVE


def test_the_failed_of_a_cancelled_run_stay(staff: Client) -> None:
    run = make_run(state=Run.State.CANCELLED)
    failed = make_delivery(run, make_person(make_team()), state="failed")

    said = _act(staff, f"broadcasts/delivery/{failed.pk}", "retry_failed")

    assert Delivery.objects.get(pk=failed.pk).state == "failed"
    assert "was not cancelled" in said


def test_resending_the_unknown_warns_that_some_arrive_twice(staff: Client) -> None:
    unknown = make_delivery(
        make_run(), make_person(make_team()), state="unknown", marked_at=LONG_AGO
    )

    page = staff.get(f"/admin/broadcasts/delivery/{unknown.pk}/act/resend_unknown/")
    said = _act(staff, f"broadcasts/delivery/{unknown.pk}", "resend_unknown")

    assert b"Some people may get theirs twice." in page.content
    assert said == "Due again: 1 delivery."
    assert Delivery.objects.get(pk=unknown.pk).state == "ready"


def test_a_recent_unknown_is_not_resent(staff: Client) -> None:
    unknown = make_delivery(
        make_run(), make_person(make_team()), state="unknown", marked_at=datetime.now(UTC)
    )

    said = _act(staff, f"broadcasts/delivery/{unknown.pk}", "resend_unknown")

    assert "two minutes" in said
    assert Delivery.objects.get(pk=unknown.pk).state == "unknown"


def test_leaving_the_unknown_closes_them(staff: Client) -> None:
    run = make_run()
    make_delivery(run, make_person(make_team()), state="unknown")
    make_delivery(run, make_person(make_team()), state="unknown")

    said = _act(staff, f"broadcasts/run/{run.pk}", "close_unknown")

    assert said == "Left as they are: 2 unknown deliveries."
    assert set(Delivery.objects.values_list("state", flat=True)) == {"closed"}


def test_a_refused_start_says_what_is_missing(staff: Client) -> None:
    broadcast = make_broadcast()

    said = _act(staff, f"broadcasts/broadcast/{broadcast.pk}", "start")

    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.DRAFT
    assert "it has no audience" in said
    assert "Set a schedule" in said


def test_holding_and_releasing_the_engine(staff: Client) -> None:
    engine = Engine.get()

    _act(staff, f"broadcasts/engine/{engine.pk}", "hold")
    assert "needs you" in staff.get("/admin/").content.decode()

    asked = staff.get(f"/admin/broadcasts/engine/{engine.pk}/act/release/").content.decode()
    assert "everything twice" in asked
    _act(staff, f"broadcasts/engine/{engine.pk}", "release")
    assert Engine.get().hold_reason == ""


def test_a_held_run_is_sent_after_a_question_and_no_other(staff: Client) -> None:
    run, other = make_run(state="held"), make_run(state="held")

    asked = staff.get(f"/admin/broadcasts/run/{run.pk}/act/send_now/").content.decode()
    said = _act(staff, f"broadcasts/run/{run.pk}", "send_now")

    run.refresh_from_db()
    other.refresh_from_db()
    assert "It is late" in asked
    assert (run.state, other.state) == ("waiting", "held")
    assert said == "Sending 1 run."


def test_a_run_that_is_not_held_cannot_be_sent_now(staff: Client) -> None:
    run = make_run()

    said = _act(staff, f"broadcasts/run/{run.pk}", "send_now")

    run.refresh_from_db()
    assert (run.state, said) == ("active", "Only a run that is held can be sent now.")


def test_deliveries_of_a_team_whose_token_no_key_fits_can_be_decided_on(staff: Client) -> None:
    delivery = make_delivery(make_run(), make_person(make_team()), state=Delivery.State.UNKNOWN)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_team SET bot_token = 'gAAAA', refresh_token = 'gAAAA'")

    listed = staff.get("/admin/broadcasts/delivery/").status_code
    _act(staff, f"broadcasts/delivery/{delivery.pk}", "close_unknown")

    delivery.refresh_from_db()
    assert (listed, delivery.state) == (200, Delivery.State.CLOSED)
