from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from teams.events import apply_event
from teams.models import Recipient, Team
from teams.tests.factories import make_channel, make_person, make_team

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def team() -> Team:
    return make_team()


def event(kind: str, at: datetime = AT, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "event_ts": f"{at.timestamp():.6f}", **fields}


def user(slack_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": slack_id, "name": "ada", "profile": {"display_name": "Ada"}, **fields}


def test_who_joins_is_a_recipient_of_that_team_alone(team: Team) -> None:
    make_team()

    assert apply_event(team, event("team_join", user=user("U1", tz="Asia/Tokyo")))

    person = Recipient.objects.get()
    assert (person.team, person.slack_id, person.shown_name) == (team, "U1", "Ada")
    assert (person.time_zone, person.seen_at) == ("Asia/Tokyo", AT)


def test_a_change_leaves_what_is_ours_and_other_teams_alone(team: Team) -> None:
    person = make_person(team, opted_out_at=AT, dm_channel="D1")
    same_id = make_person(make_team(), slack_id=person.slack_id)

    apply_event(team, event("user_change", user=user(person.slack_id, deleted=True)))

    person.refresh_from_db()
    same_id.refresh_from_db()
    assert (person.is_deactivated, person.display_name) == (True, "Ada")
    assert (person.opted_out_at, person.dm_channel) == (AT, "D1")
    assert not same_id.is_deactivated


def test_late_news_does_not_undo_newer_news(team: Team) -> None:
    apply_event(team, event("user_change", user=user("U1", deleted=True)))

    earlier = AT - timedelta(minutes=1)
    apply_event(team, event("user_change", earlier, user=user("U1", deleted=False)))

    assert Recipient.objects.get().is_deactivated


def test_a_language_that_the_event_does_not_tell_stays(team: Team) -> None:
    person = make_person(team, locale="ja-JP")

    apply_event(team, event("user_change", user=user(person.slack_id)))

    person.refresh_from_db()
    assert person.locale == "ja-JP"


def test_names_that_hurt_are_cleaned_and_cut(team: Team) -> None:
    hurting = user("U1", name="a\0b", real_name="x" * 300, profile={"title": "\ud800t"})

    apply_event(team, event("team_join", user=hurting))

    person = Recipient.objects.get()
    assert (person.name, len(person.real_name), person.title) == ("ab", 255, "t")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"is_bot": True}, "is_bot"),
        ({"id": "USLACKBOT"}, "is_bot"),
        ({"is_restricted": True}, "is_guest"),
        ({"is_ultra_restricted": True}, "is_guest"),
        ({"is_stranger": True}, "is_stranger"),
        ({"team_id": "TOTHER"}, "is_stranger"),
        ({"deleted": True}, "is_deactivated"),
    ],
)
def test_slacks_flags_are_kept(team: Team, fields: dict[str, Any], name: str) -> None:
    apply_event(team, event("team_join", user=user("U1") | fields))

    assert getattr(Recipient.objects.get(), name)


def test_a_colleague_of_the_organisation_is_no_stranger() -> None:
    team = make_team(enterprise_id="E1")
    colleague = user("W1", team_id="TOTHER", enterprise_user={"enterprise_id": "E1"})

    apply_event(team, event("team_join", user=colleague))

    assert Recipient.objects.get().is_reachable


def test_a_new_channel_is_a_recipient(team: Team) -> None:
    apply_event(team, event("channel_created", channel={"id": "C1", "name": "news"}))

    channel = Recipient.objects.get()
    assert (channel.kind, channel.name, channel.is_member) == ("channel", "news", False)


def test_a_renamed_channel_keeps_the_rest(team: Team) -> None:
    channel = make_channel(team)

    renamed = {"id": channel.slack_id, "name": "renamed"}
    apply_event(team, event("channel_rename", channel=renamed))

    channel.refresh_from_db()
    assert (channel.name, channel.is_member) == ("renamed", True)


def test_an_archived_channel_is_not_reachable_until_it_is_unarchived(team: Team) -> None:
    channel, other = make_channel(team), make_channel(team)

    apply_event(team, event("channel_archive", channel=channel.slack_id))
    archived = list(Recipient.objects.reachable())
    apply_event(team, event("channel_unarchive", channel=channel.slack_id))

    assert archived == [other]
    assert Recipient.objects.reachable().count() == 2


def test_a_deleted_channel_is_gone(team: Team) -> None:
    channel = make_channel(team)

    apply_event(team, event("channel_deleted", channel=channel.slack_id))

    channel.refresh_from_db()
    assert channel.gone_at == AT


@pytest.mark.parametrize(
    ("kind", "is_member"), [("member_joined_channel", True), ("member_left_channel", False)]
)
def test_the_bots_own_membership_is_kept(team: Team, kind: str, is_member: bool) -> None:
    channel = make_channel(team, is_member=not is_member)

    moved = event(kind, user=team.bot_user_id, channel=channel.slack_id)
    apply_event(team, moved)

    channel.refresh_from_db()
    assert channel.is_member == is_member


def test_other_peoples_membership_is_not(team: Team) -> None:
    channel = make_channel(team)

    apply_event(team, event("member_left_channel", user="U1", channel=channel.slack_id))

    channel.refresh_from_db()
    assert channel.is_member


def test_a_channel_that_the_bot_is_invited_to_becomes_known(team: Team) -> None:
    invited = event("member_joined_channel", user=team.bot_user_id, channel="G1", channel_type="G")

    apply_event(team, invited)

    channel = Recipient.objects.get()
    assert (channel.slack_id, channel.is_member, channel.is_private) == ("G1", True, True)


def test_a_team_changes_its_name_and_domain(team: Team) -> None:
    other = make_team(name="Other")

    apply_event(team, event("team_rename", name="New name"))
    apply_event(team, event("team_domain_change", domain="new", url="https://new.slack.com"))

    team.refresh_from_db()
    other.refresh_from_db()
    assert (team.name, team.domain, other.name) == ("New name", "new", "Other")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"type": "unheard_of"},
        {},
        {"type": "team_join"},
        {"type": "user_change", "user": "U1"},
        {"type": "user_change", "user": {"id": "U1\0"}, "event_ts": "soon"},
        {"type": "channel_rename", "channel": {"id": 7}},
        {"type": "channel_archive", "channel": {"id": "C1"}},
        {"type": "member_joined_channel"},
        {"type": "team_rename", "name": None},
    ],
)
def test_nonsense_changes_nothing(team: Team, nonsense: dict[str, Any]) -> None:
    before = Team.objects.values().get()

    apply_event(team, nonsense)

    assert Team.objects.values().get() == before
    assert not Recipient.objects.exists()
