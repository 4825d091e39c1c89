"""What needs a person: a notice for each cause, none for what a person did."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcasts.attention import Changes, Subject, reconcile, review
from broadcasts.models import Broadcast, Delivery, Engine, Notice, Run
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.models import Team
from teams.models.team import BY_STAFF
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

Kind = Notice.Kind
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)


def opened(now: datetime = NOW) -> list[Notice]:
    review(now)
    return list(Notice.objects.open())


def kinds(now: datetime = NOW) -> list[str]:
    return sorted(notice.kind for notice in opened(now))


def paused_team(reason: str = "The app lacks a scope.") -> Team:
    team = make_team(name="Acme")
    Team.objects.filter(pk=team.pk).pause(reason, NOW)
    return team


def test_reconciling_opens_rewords_and_closes() -> None:
    kept, new, other, gone = (Subject(Kind.TEAM_PAUSED, team=n) for n in range(4))

    changes = reconcile({kept: "a", new: "b", other: "c"}, {kept: "a", other: "old", gone: "d"})

    assert changes == Changes(new={new: "b"}, reworded={other: "c"}, gone={gone})


def test_a_team_that_paused_by_itself_is_told_with_its_reason() -> None:
    make_team()
    team = paused_team()

    [notice] = opened()

    assert (notice.kind, notice.team, notice.created_at) == (Kind.TEAM_PAUSED, team, NOW)
    assert notice.sentence == "Acme is paused: The app lacks a scope."
    assert notice.address == f"/admin/teams/team/{team.pk}/change/"


def test_what_staff_have_paused_is_no_news() -> None:
    paused_team(f"{BY_STAFF}: they asked")
    make_broadcast(state="paused", state_reason=f"{BY_STAFF}.")
    make_run(state="paused", state_reason=f"{BY_STAFF}.")

    assert opened() == []


def test_looking_again_opens_nothing_twice() -> None:
    paused_team()
    opened()

    assert len(opened(LATER)) == 1
    assert Notice.objects.count() == 1


def test_it_closes_when_the_cause_is_gone_and_the_other_stays() -> None:
    team, other = paused_team(), paused_team()
    opened()

    Team.objects.filter(pk=team.pk).resume(LATER)

    assert [notice.team for notice in opened(LATER)] == [other]
    closed = Notice.objects.get(team=team)
    assert (closed.resolved_at, closed.gone_at) == (LATER, LATER)


def test_a_second_time_is_a_second_notice() -> None:
    team = paused_team()
    opened()
    Team.objects.filter(pk=team.pk).resume(NOW)
    opened()
    Team.objects.filter(pk=team.pk).pause("Again.", LATER)

    assert len(opened(LATER)) == 1
    assert Notice.objects.count() == 2


def test_what_a_person_has_dealt_with_stays_away_until_the_reason_changes() -> None:
    team = paused_team()
    opened()
    Notice.objects.all().resolve(NOW)
    assert opened(LATER) == []

    Team.objects.filter(pk=team.pk).update(state_reason="Something else.")

    assert [notice.sentence for notice in opened(LATER)] == ["Acme is paused: Something else."]


def test_a_held_hub_is_told_whoever_held_it() -> None:
    Engine.get().hold("Held by staff.", NOW)

    [notice] = opened()

    assert notice.kind == Kind.HUB_HELD
    assert notice.sentence == "Nothing is posted by this hub: Held by staff."


def test_a_broadcast_that_paused_speaks_for_its_runs() -> None:
    broadcast = make_broadcast(state="paused", state_reason="30 of 40 deliveries failed.")
    make_run(broadcast, state="paused", state_reason="Slack refused the message.")
    make_broadcast(state="scheduled")

    [notice] = opened()

    assert (notice.kind, notice.broadcast) == (Kind.BROADCAST_PAUSED, broadcast)


def test_a_run_that_paused_alone_and_one_that_is_late_are_told() -> None:
    finished = make_broadcast(state="finished")
    make_run(finished, state="paused", state_reason="Slack refused the message.")
    late = make_run(state="held", state_reason="Due yesterday: send it now, or cancel it.")
    make_run()

    assert kinds() == [Kind.RUN_LATE, Kind.RUN_PAUSED]
    assert Notice.objects.get(run=late).sentence.endswith("send it now, or cancel it.")


def test_a_disconnected_team_is_told_only_while_messages_wait() -> None:
    run = make_run()
    lost, quiet = make_team(name="Lost"), make_team(name="Quiet")
    delivery = make_delivery(run, make_person(lost))
    Team.objects.filter(pk__in=(lost.pk, quiet.pk)).disconnect("Removed.", NOW)
    assert [notice.team for notice in opened()] == [lost]

    Delivery.objects.filter(pk=delivery.pk).update(state="cancelled")

    assert opened(LATER) == []


def test_unknown_ones_are_told_when_late_answers_are_over() -> None:
    run, other = make_run(), make_run()
    unknown = make_delivery(run, make_person(make_team()), state="unknown", marked_at=NOW)
    make_delivery(other, make_person(make_team()), state="failed")
    assert opened() == []

    in_a_while = NOW + timedelta(minutes=3)
    [notice] = opened(in_a_while)
    assert (notice.kind, notice.run) == (Kind.UNKNOWN, run)

    Delivery.objects.filter(pk=unknown.pk).update(state="sent", ts="1.1")
    assert opened(in_a_while) == []


def test_unknown_posts_outside_broadcasts_are_told_too() -> None:
    team = make_team()
    Delivery.objects.create(
        team=team, key="welcome", target="T1:U1", slack_id="U1", state="unknown", due_at=NOW
    )

    [notice] = opened()

    assert (notice.kind, notice.run) == (Kind.UNKNOWN, None)
    assert notice.address == "/admin/broadcasts/delivery/?state__exact=unknown"


def test_every_notice_leads_to_a_page() -> None:
    run, broadcast = make_run(), make_broadcast()

    addresses = [
        Notice(kind=Kind.HUB_HELD).address,
        Notice(kind=Kind.RUN_LATE, run=run).address,
        Notice(kind=Kind.BROADCAST_PAUSED, broadcast=broadcast).address,
    ]

    assert addresses == [
        "/admin/broadcasts/engine/",
        f"/admin/broadcasts/run/{run.pk}/change/",
        f"/admin/broadcasts/broadcast/{broadcast.pk}/change/",
    ]
    assert Broadcast.objects.count() == 2
    assert Run.objects.count() == 1
