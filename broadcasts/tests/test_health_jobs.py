"""The jobs that look after teams: where one of them cannot be looked after, the others are."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from broadcasts.models import Delivery, Notice, Run, Sender
from broadcasts.tasks import read_histories, renew_tokens, tick
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.sending import connect_app, connect_team
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team
from teams.tasks import resume_syncs, sync_all
from teams.tests.factories import make_person, make_team
from teams.tests.visiting import make_visitor

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def spoil(team: Team) -> None:
    """No key fits its token any more: whoever loads the row fails."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_team SET bot_token = 'gAAAA' WHERE id = %s", [team.pk])


def teams_with_a_spoilt_one(slack: RunningSandbox) -> tuple[Team, list[Team]]:
    """The spoilt one is looked at first, and a revoked one before the last."""
    app = connect_app(slack)
    spoilt, first, revoked, last = (connect_team(slack, 1, app=app) for _ in range(4))
    spoil(spoilt)
    place = {"app_id": app.app_id, "team_id": revoked.team_id, "event": False}
    slack.control("POST", "revoke", place)
    return revoked, [first, last]


def test_b048_a_sync_that_fails_for_one_team_is_made_for_the_others(
    slack: RunningSandbox, worker: None
) -> None:
    revoked, healthy = teams_with_a_spoilt_one(slack)

    sync_all()

    synced = Team.objects.filter(pk__in=[team.pk for team in healthy], synced_at__isnull=False)
    assert wait_until(lambda: synced.count() == 2)
    wait_until(lambda: Team.objects.get(pk=revoked.pk).state == Team.State.DISCONNECTED)


def test_b048_syncs_that_stand_still_are_taken_up_past_one_that_cannot_be(
    slack: RunningSandbox, worker: None
) -> None:
    _, healthy = teams_with_a_spoilt_one(slack)
    Team.objects.update(sync_started_at=LONG_AGO, sync_resumes_at=LONG_AGO)

    resume_syncs()

    synced = Team.objects.filter(pk__in=[team.pk for team in healthy], synced_at__isnull=False)
    assert wait_until(lambda: synced.count() == 2)


def test_b048_a_token_that_cannot_be_renewed_keeps_no_other_from_it(
    slack: RunningSandbox, worker: None
) -> None:
    visitor = make_visitor(slack)
    slack.control("PUT", f"apps/{visitor.app.app_id}", {"token_rotation": True})
    for _ in range(3):
        visitor.install(slack.control("POST", "workspaces", {"people": 1})["team_id"])
    spoilt, *healthy = Team.objects.order_by("pk").defer("bot_token")
    before = {team.pk: team.token_version for team in healthy}
    spoil(spoilt)
    Team.objects.update(token_expires_at=datetime.now(UTC) + timedelta(hours=1))

    renew_tokens()

    renewed = Team.objects.filter(
        pk__in=before, token_expires_at__gt=datetime.now(UTC) + timedelta(hours=2)
    )
    assert wait_until(lambda: renewed.count() == 2)


def test_b048_what_is_unknown_is_read_about_past_a_team_that_cannot_be_read(
    slack: RunningSandbox, worker: None
) -> None:
    app = connect_app(slack)
    app.history_reads = 50
    app.save()
    teams = [connect_team(slack, 1, app=app) for _ in range(3)]
    marked_at = datetime.now(UTC) - timedelta(minutes=10)
    unknown = {"state": Delivery.State.UNKNOWN, "attempt": 1, "marked_at": marked_at}
    for team in teams:
        make_delivery(make_run(), team.recipients.get(), **unknown)
    spoil(teams[0])

    read_histories()

    decided = Delivery.objects.filter(team__in=[team.pk for team in teams[1:]], state="failed")
    assert wait_until(lambda: decided.count() == 2)


@pytest.mark.django_db
def test_b048_a_run_that_the_tick_cannot_deal_with_stops_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = make_run(state=Run.State.FINISHED, expanded_at=LONG_AGO, finished_at=LONG_AGO)
    refuse_changes_of(broken)
    make_delivery(make_run(), make_person(make_team()))
    lost = make_team(state=Team.State.PAUSED, state_reason="Slack refuses the token.")

    tick()

    assert "no changes of this run" in caplog.text
    assert Sender.objects.exists()
    assert Notice.objects.get(kind=Notice.Kind.TEAM_PAUSED).team == lost


def refuse_changes_of(run: Run) -> None:
    """Makes the database fail where it is changed; undone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no changes of this run'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON broadcasts_run FOR EACH ROW "
            f"WHEN (OLD.id = {run.pk}) EXECUTE FUNCTION refuse()"
        )
