"""A run's audience becomes deliveries, chunk by chunk."""

from datetime import UTC, datetime

import pytest

from broadcasts import expansion
from broadcasts.expansion import expand_chunk
from broadcasts.models import Broadcast, Delivery, OptOut, Run
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.models import Group, Recipient, Team
from teams.tests.factories import make_channel, make_person, make_team

pytestmark = pytest.mark.django_db


def expand(run: Run) -> list[str]:
    while expand_chunk(run.pk):
        pass
    run.refresh_from_db()
    assert run.expanded_at is not None
    return sorted(Delivery.objects.filter(run=run).values_list("slack_id", flat=True))


def make_group(team: Team, *members: Recipient) -> Group:
    group = Group.objects.create(team=team, name=f"Group {Group.objects.count()}")
    group.members.set(members)
    return group


def test_everyone_reachable_of_the_teams_gets_one_row() -> None:
    team, second, other = make_team(), make_team(), make_team()
    people = [make_person(team) for _ in range(3)] + [make_person(second)]
    make_person(other)
    make_channel(team)

    found = expand(make_run(make_broadcast(teams=(team, second))))

    assert found == sorted(person.slack_id for person in people)


@pytest.mark.parametrize(
    "fields",
    [
        {"is_bot": True},
        {"is_deactivated": True},
        {"is_stranger": True},
        {"slack_id": "USLACKBOT"},
        {"gone_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"opted_out_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_the_unreachable_are_left_out(fields: dict[str, object]) -> None:
    team = make_team()
    make_person(team, **fields)

    assert expand(make_run(make_broadcast(teams=(team,)))) == []


def test_groups_add_and_exclude() -> None:
    team, other = make_team(), make_team()
    everyone = [make_person(team) for _ in range(3)]
    channel, guest = make_channel(other), make_person(other)
    make_person(other)
    broadcast = make_broadcast(teams=(team,))
    broadcast.groups.set([make_group(other, channel, guest)])
    broadcast.excluded_groups.set([make_group(team, everyone[0])])

    found = expand(make_run(broadcast))

    assert found == sorted(
        [everyone[1].slack_id, everyone[2].slack_id, channel.slack_id, guest.slack_id]
    )


def test_whoever_comes_later_is_not_part_of_the_run() -> None:
    team = make_team()
    early = make_person(team)
    run = make_run(make_broadcast(teams=(team,)))
    make_person(team)

    assert expand(run) == [early.slack_id]


def test_small_chunks_reach_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "CHUNK", 3)
    monkeypatch.setattr(expansion, "HEAD", 2)
    monkeypatch.setattr(expansion, "TEAMS_PER_HEAD_CHUNK", 2)
    teams = tuple(make_team() for _ in range(5))
    people = [make_person(team) for team in teams for _ in range(4)]

    found = expand(make_run(make_broadcast(teams=teams)))

    assert found == sorted(person.slack_id for person in people)


def test_the_first_chunk_starts_every_lane() -> None:
    teams = tuple(make_team() for _ in range(3))
    for team in teams:
        make_person(team)
    run = make_run(make_broadcast(teams=teams))

    expand_chunk(run.pk)

    started = Delivery.objects.filter(run=run).values_list("team__name", flat=True)
    assert set(started) == {team.name for team in teams}


def shared_person(broadcast: Broadcast) -> Delivery:
    expand(make_run(broadcast))
    return Delivery.objects.get()


def test_two_installs_of_one_workspace_make_one_row_by_the_oldest() -> None:
    newer = make_team(team_id="T1", installed_at=datetime(2026, 6, 1, tzinfo=UTC))
    older = make_team(team_id="T1", installed_at=datetime(2026, 1, 1, tzinfo=UTC))
    for team in (newer, older):
        make_person(team, slack_id="U1")

    assert shared_person(make_broadcast(teams=(newer, older))).team == older


def test_a_disconnected_install_leaves_the_shared_person_to_the_connected() -> None:
    older = make_team(team_id="T1", state="disconnected")
    newer = make_team(team_id="T1", installed_at=datetime(2026, 6, 1, tzinfo=UTC))
    for team in (newer, older):
        make_person(team, slack_id="U1")

    assert shared_person(make_broadcast(teams=(newer, older))).team == newer


def test_whoever_stopped_it_is_out_of_it_in_an_app_that_came_later() -> None:
    older = make_team(team_id="T1", state="disconnected")
    newer, other = make_team(team_id="T1"), make_team()
    stopped, *_ = (make_person(team, slack_id="U1") for team in (older, newer, other))
    broadcast, another = (make_broadcast(teams=(older, newer, other)) for _ in range(2))
    OptOut.objects.create(broadcast=broadcast, recipient=stopped)

    for each in (broadcast, another):
        expand(make_run(each))

    words = OptOut.objects.order_by("pk").select_related("recipient__team")
    assert [word.recipient.team for word in words] == [older, newer]
    assert {word.broadcast_id for word in words} == {broadcast.pk}


def test_the_same_user_id_in_another_workspace_is_another_person() -> None:
    team, other = make_team(), make_team()
    for one in (team, other):
        make_person(one, slack_id="U1")

    assert expand(make_run(make_broadcast(teams=(team, other)))) == ["U1", "U1"]


def test_a_cancelled_run_expands_no_further() -> None:
    team = make_team()
    make_person(team)
    run = make_run(make_broadcast(teams=(team,)), state=Run.State.CANCELLED)

    assert not expand_chunk(run.pk)
    assert not Delivery.objects.exists()


def test_a_channel_that_two_workspaces_share_gets_one_row() -> None:
    team, other = make_team(), make_team()
    make_person(team)
    broadcast = make_broadcast()
    broadcast.groups.set(
        [make_group(one, make_channel(one, slack_id="C1")) for one in (team, other)]
    )

    assert expand(make_run(broadcast)) == ["C1"]


def test_teams_that_come_to_share_their_people_in_mid_run_make_no_second_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(expansion, "HEAD", 1)
    first, second = make_team(enterprise_id="E1"), make_team()
    for team in (first, second):
        make_person(team, slack_id="U1")
        make_person(team, slack_id="U2")
    run = make_run(make_broadcast(teams=(first, second)))
    expand_chunk(run.pk)
    Team.objects.filter(pk=second.pk).update(enterprise_id="E1")

    expand(run)

    targets = list(Delivery.objects.filter(run=run).values_list("target", flat=True))
    assert sorted(targets) == ["E1:U1", "E1:U2", f"{second.team_id}:U1"]


def test_whoever_leaves_after_the_first_few_shifts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "HEAD", 2)
    team = make_team()
    people = [make_person(team) for _ in range(4)]
    run = make_run(make_broadcast(teams=(team,)))
    expand_chunk(run.pk)
    Recipient.objects.filter(pk=people[0].pk).update(opted_out_at=run.as_of)

    assert expand(run) == sorted(person.slack_id for person in people)


@pytest.mark.parametrize("cursor", [{"position": 1}, {"heads_done": 1, "position": 0, "after": 0}])
def test_a_run_that_an_older_version_began_is_finished(cursor: dict[str, int]) -> None:
    first, second = make_team(enterprise_id="E1"), make_team(enterprise_id="E1")
    for team in (first, second):
        make_person(team, slack_id="U1")
    alone = make_person(second)
    run = make_run(make_broadcast(teams=(first, second)), cursor=cursor)
    run.audience["order"] = [first.pk, second.pk]
    run.save()
    make_delivery(run, Recipient.objects.get(team=first), target="E1:U1")

    assert expand(run) == sorted(["U1", alone.slack_id])
