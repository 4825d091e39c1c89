"""A team that was disconnected long ago goes with everything that was its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from broadcasts import departures, sweeping
from broadcasts.departures import remove_departed
from broadcasts.expansion import expand_chunk
from broadcasts.models import Copy, Delivery, Engine, Notice, OptOut, Run, Saying
from broadcasts.posting import post
from broadcasts.saying import say, say_everywhere
from broadcasts.tasks import remove_departed_teams
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams import hooks
from teams.grant import Grant
from teams.models import Group, Recipient, Team
from teams.tests.factories import make_app, make_channel, make_person, make_team

pytestmark = pytest.mark.django_db

State = Delivery.State
SECONDS = 30.0


@pytest.fixture
def long_ago(now: datetime) -> datetime:
    return now - timedelta(days=settings.KEEP_DISCONNECTED_DAYS, minutes=1)


def gone_team(at: datetime, people: int = 1, **fields: Any) -> Team:
    gone: dict[str, Any] = {"state": Team.State.DISCONNECTED, "state_at": at, "bot_token": ""}
    team = make_team(**gone | fields)
    for _ in range(people):
        make_person(team)
    return team


def run_for(*teams: Team, state: str = State.SENT, **fields: object) -> Run:
    """All its deliveries in that state."""
    run = make_run(make_broadcast(teams=teams), **fields)
    while expand_chunk(run.pk):
        pass
    ts = "1.1" if state == State.SENT else ""
    Delivery.objects.filter(run=run).update(state=state, ts=ts, settled_at=run.as_of)
    run.refresh_from_db()
    return run


def finished(run: Run, at: datetime) -> Run:
    Run.objects.filter(pk=run.pk).update(state=Run.State.FINISHED, finished_at=at)
    sweeping.sweep(at)
    run.refresh_from_db()
    return run


def test_b041_only_what_was_disconnected_long_ago_is_removed(
    now: datetime, long_ago: datetime
) -> None:
    old = gone_team(long_ago)
    kept = [
        gone_team(now - timedelta(days=settings.KEEP_DISCONNECTED_DAYS - 1)),
        gone_team(now),
        make_team(state_at=long_ago),
        make_team(state=Team.State.PAUSED, state_at=long_ago),
    ]

    assert remove_departed(now, SECONDS) == 1

    assert set(Team.objects.all()) == set(kept)
    assert not Recipient.objects.filter(team=old.pk).exists()
    assert Recipient.objects.filter(team__in=kept).count() == 2


def test_b041_everything_of_the_team_goes_and_nothing_of_another(
    now: datetime, long_ago: datetime
) -> None:
    team, other = gone_team(long_ago), make_team()
    make_person(other)
    for one in (team, other):
        channel = make_channel(one)
        group = Group.objects.create(team=one, name="Kitchen")
        group.members.add(channel)
        run = run_for(one)
        Copy.objects.create(delivery=run.deliveries.get(), channel="D1", ts="2.2")
        OptOut.objects.create(broadcast=run.broadcast, recipient=channel)
        Notice.objects.create(
            kind=Notice.Kind.TEAM_LOST, team=one, sentence="Lost.", created_at=now
        )
        post(one, key=f"welcome:{one.pk}", slack_id="U0", text="Hello")

    remove_departed(now, SECONDS)

    for model in (Recipient, Group, Notice, Delivery):
        assert {row.team for row in model.objects.select_related("team")} == {other}
    assert {row.delivery.team for row in Copy.objects.all()} == {other}
    assert {row.recipient.team for row in OptOut.objects.all()} == {other}


def test_b041_the_report_of_a_finished_run_stays_as_it_was(
    now: datetime, long_ago: datetime
) -> None:
    team, other = gone_team(long_ago, 3), make_team()
    make_person(other)
    run = run_for(team, other)
    Delivery.objects.filter(pk=run.deliveries.filter(team=team).values("pk")[:1]).update(
        state=State.FAILED, ts=""
    )
    finished(run, now)
    before = run.progress(now).counts

    remove_departed(now, SECONDS)
    run.refresh_from_db()

    assert run.progress(now).counts == before == {"sent": 3, "failed": 1}
    assert run.deliveries.get().team == other


def test_b041_a_run_that_waits_for_the_team_ends(now: datetime, long_ago: datetime) -> None:
    team, other = gone_team(long_ago, 2), make_team()
    make_person(other)
    run = run_for(team, other)
    run.deliveries.filter(team=team).update(state=State.READY, ts="")

    remove_departed(now, SECONDS)
    sweeping.sweep(now)

    run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    assert run.counts == {"sent": 1, "skipped": 2}


def test_b041_what_was_said_there_alone_is_forgotten(now: datetime, long_ago: datetime) -> None:
    team, other = make_team(), make_team()
    for one in (team, other):
        make_channel(one)
    there = say(team, "C0", "For you alone")
    everywhere = say_everywhere([team, other], "For all")
    Team.objects.filter(pk=team.pk).disconnect("Removed.", long_ago)

    remove_departed(now, SECONDS)

    assert not Saying.objects.filter(pk=there.pk).exists()
    assert [line.team for line in everywhere.report()] == [other.name]


def test_b041_a_removal_that_is_cut_short_goes_on(
    now: datetime, long_ago: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "BATCH", 2)
    team = gone_team(long_ago, 5)
    run = finished(run_for(team), now)
    waiting = make_delivery(make_run(), make_person(make_team()))

    calls = 0
    while not remove_departed(now, SECONDS):
        calls += 1
        run.refresh_from_db()
        assert run.progress(now).counts == {"sent": 5}

    assert calls >= 3
    assert not Delivery.objects.exclude(pk=waiting.pk).exists()
    assert remove_departed(now, SECONDS) == 0


def test_b041_a_person_of_more_runs_than_fit_into_a_batch_goes_too(
    now: datetime, long_ago: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "BATCH", 2)
    team = gone_team(long_ago)
    for _ in range(5):
        run_for(team)

    assert remove_departed(now, SECONDS) == 1

    assert not Delivery.objects.exists()


def test_b041_a_team_that_comes_back_meanwhile_stays(
    now: datetime, long_ago: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "BATCH", 2)
    team = gone_team(long_ago, 5)
    make_delivery(make_run(), make_person(make_team()))
    remove_departed(now, SECONDS)
    left = team.recipients.count()

    Team.objects.install(team.slack_app, grant_of(team), now)

    assert remove_departed(now, SECONDS) == 0
    assert team.recipients.count() == left == 3


def grant_of(team: Team) -> Grant:
    return Grant(
        team_id=team.team_id,
        enterprise_id="",
        is_org_install=False,
        name=team.name,
        domain="",
        bot_token="xoxb-new",
        bot_user_id=team.bot_user_id,
        bot_id="",
        scopes="chat:write",
        installer_id="U1",
    )


@pytest.mark.django_db(transaction=True)
def test_b041_a_team_in_other_hands_is_left_to_them(now: datetime, long_ago: datetime) -> None:
    team = gone_team(long_ago)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        meanwhile = pool.submit(_remove_and_close, now).result(timeout=10)

    assert (meanwhile, team.recipients.count()) == (0, 1)
    assert remove_departed(now, SECONDS) == 1


def _remove_and_close(now: datetime) -> int:
    try:
        return remove_departed(now, SECONDS)
    finally:
        connection.close()


def test_b041_posts_from_before_it_joined_an_organisation_go_too(
    now: datetime, long_ago: datetime
) -> None:
    team = gone_team(long_ago)
    run_for(team)
    Team.objects.filter(pk=team.pk).update(enterprise_id="E1")
    run_for(team)

    remove_departed(now, SECONDS)

    assert not Delivery.objects.exists()


def test_b041_a_run_that_is_still_being_made_keeps_the_row(
    now: datetime, long_ago: datetime
) -> None:
    team = gone_team(long_ago)
    run = make_run(make_broadcast(teams=(team,)))

    assert remove_departed(now, SECONDS) == 0
    while expand_chunk(run.pk):
        pass
    assert remove_departed(now, SECONDS) == 1


def test_a_hub_that_is_held_removes_nothing(now: datetime, long_ago: datetime) -> None:
    team = gone_team(long_ago)
    Engine.get().hold("A copy?", now)

    remove_departed_teams()

    assert Team.objects.get() == team


@pytest.fixture
def broken_for() -> Iterator[list[Team]]:
    """A hook that fails for the teams of this list."""
    teams: list[Team] = []

    def fail(team: Team) -> None:
        if team in teams:
            raise RuntimeError("This team cannot go.")

    hooks.removing.insert(0, fail)
    yield teams
    hooks.removing.remove(fail)


def test_b042_a_team_that_cannot_be_removed_stops_no_other(
    now: datetime,
    long_ago: datetime,
    broken_for: list[Team],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app()
    broken = gone_team(long_ago - timedelta(days=1), app=app)
    gone_team(long_ago, app=app)
    broken_for.append(broken)

    assert remove_departed(now, SECONDS) == 1

    assert Team.objects.get() == broken
    assert f"Team {broken.pk} could not be removed" in caplog.text
    broken_for.clear()
    assert remove_departed(now, SECONDS) == 1
