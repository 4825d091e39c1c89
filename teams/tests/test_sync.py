from collections import Counter
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from sandbox.testing import RunningSandbox
from teams import sync
from teams.models import Recipient, Team
from teams.tests.factories import make_person, make_team
from teams.tests.syncing import connect, sync_fully, users
from teams.workspaces import PAGE, Position

pytestmark = pytest.mark.django_db


def test_people_are_mirrored_as_slack_shows_them(slack: RunningSandbox) -> None:
    team, other = connect(slack, "acme", 30), connect(slack, "globex")

    sync_fully(team)

    documents = {user["id"]: user for user in users(slack, team)}
    people = {person.slack_id: person for person in team.recipients.people()}
    assert people.keys() == documents.keys()
    assert {slack_id for slack_id, person in people.items() if person.is_reachable} == {
        slack_id for slack_id, user in documents.items() if user["reachable"]
    }
    assert {person.time_zone for person in people.values()} >= {
        user["tz"] for user in documents.values() if user.get("tz")
    }
    assert not other.recipients.exists()


def test_channels_are_mirrored_too(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")

    sync_fully(team)

    workspaces = slack.control("GET", "workspaces")
    channels = next(each for each in workspaces if each["team_id"] == team.team_id)["channels"]
    public = {each["id"] for each in channels if each["kind"] == "channel"}
    assert {channel.slack_id for channel in team.recipients.channels()} == public


def test_a_finished_sync_says_when_and_fills_what_the_install_lacked(
    slack: RunningSandbox,
) -> None:
    team = connect(slack, "acme", name="Old name", domain="", bot_id="")

    sync_fully(team)

    assert team.synced_at is not None
    assert (team.sync_started_at, team.sync_cursor) == (None, "")
    assert (team.name, team.domain) == ("Acme", "acme")
    assert team.bot_id.startswith("B")


def test_the_zone_of_a_team_is_that_of_most_people(slack: RunningSandbox) -> None:
    team = connect(slack, "acme", 30)

    sync_fully(team)

    zones = Counter(user["tz"] for user in users(slack, team) if user["reachable"])
    assert zones[team.time_zone] == max(zones.values())


def test_many_people_come_in_pages(slack: RunningSandbox) -> None:
    team = connect(slack, "acme", 450)

    sync_fully(team)

    assert team.recipients.people().count() == len(users(slack, team)) > 2 * PAGE


def test_what_is_ours_survives_a_sync(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    sync_fully(team)
    ours = {
        "opted_out_at": timezone.now(),
        "dm_channel": "D1",
        "attributes": {"desk": "4"},
    }
    team.recipients.update(**ours)

    sync_fully(team)

    assert list(team.recipients.values(*ours)) == [ours] * team.recipients.count()


def test_who_is_no_longer_listed_is_marked_gone_and_kept(slack: RunningSandbox) -> None:
    team, other = connect(slack, "acme"), make_team()
    missing = make_person(team, opted_out_at=None)
    elsewhere = make_person(other)

    sync_fully(team)

    missing.refresh_from_db()
    elsewhere.refresh_from_db()
    assert missing.gone_at is not None
    assert elsewhere.gone_at is None
    assert team.recipients.filter(gone_at=None).count() > 10


def test_who_comes_back_is_no_longer_gone(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    sync_fully(team)
    team.recipients.update(gone_at=timezone.now())

    sync_fully(team)

    assert not team.recipients.exclude(gone_at=None).exists()


@pytest.mark.parametrize("kind", ["storm_429", "http_500", "accept_then_drop", "not_json"])
def test_a_sync_goes_on_where_it_was_interrupted(slack: RunningSandbox, kind: str) -> None:
    team = connect(slack, "acme", 450)
    fault = {"kind": kind, "methods": ["conversations.list"], "count": 1, "retry_after": 7}
    slack.control("PUT", "faults", fault)

    wait = sync.advance(team.pk)

    team.refresh_from_db()
    assert wait == (7.0 if kind == "storm_429" else sync.LOST_WAIT)
    assert team.sync_cursor == "channels:"
    before = slack.control("GET", "summary")["requests"]["users.list"]
    assert sync.advance(team.pk) is None
    Team.objects.filter(pk=team.pk).update(sync_resumes_at=None)
    sync_fully(team)
    assert slack.control("GET", "summary")["requests"]["users.list"] == before
    assert team.recipients.channels().exists()


def test_nobody_is_marked_gone_by_half_a_sync(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    missing = make_person(team)
    slack.control("PUT", "faults", {"kind": "http_500", "methods": ["users.list"]})

    sync.advance(team.pk)

    missing.refresh_from_db()
    assert missing.gone_at is None


def test_a_cursor_that_slack_has_forgotten_starts_the_sync_again(slack: RunningSandbox) -> None:
    started = timezone.now()
    team = connect(slack, "acme", sync_started_at=started, sync_cursor="people:bm9uc2Vuc2U=")

    sync_fully(team)

    assert team.synced_at is not None
    assert team.recipients.people().count() == len(users(slack, team))


def test_b039_a_revoked_team_is_disconnected_by_the_next_call(slack: RunningSandbox) -> None:
    team, other = connect(slack, "acme"), connect(slack, "globex")
    place = {"app_id": team.slack_app.app_id, "team_id": team.team_id, "event": False}
    slack.control("POST", "revoke", place)

    assert sync.advance(team.pk) is None

    team.refresh_from_db()
    other.refresh_from_db()
    assert (team.state, team.bot_token) == (Team.State.DISCONNECTED, "")
    assert other.state == Team.State.CONNECTED


def test_a_lacking_scope_disconnects_nobody(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    fault = {"kind": "error", "error": "missing_scope", "methods": ["users.list"]}
    slack.control("PUT", "faults", fault)

    assert sync.advance(team.pk) is None

    team.refresh_from_db()
    assert team.state == Team.State.CONNECTED
    assert team.sync_started_at is None


def test_without_the_scope_for_channels_none_are_asked_for(slack: RunningSandbox) -> None:
    team = connect(slack, "acme", scopes="chat:write,users:read")

    sync_fully(team)

    assert team.synced_at is not None
    assert "conversations.list" not in slack.control("GET", "summary")["requests"]


def test_a_disconnected_team_is_left_alone(slack: RunningSandbox) -> None:
    team = connect(slack, "acme", state=Team.State.DISCONNECTED)

    assert sync.advance(team.pk) is None

    assert slack.control("GET", "summary")["requests"] == {}


def test_a_page_of_an_older_installation_is_not_kept(slack: RunningSandbox) -> None:
    team = connect(slack, "acme", sync_started_at=datetime(2026, 1, 1, tzinfo=UTC))
    Team.objects.filter(pk=team.pk).update(token_version=9)

    sync._keep_page(team, Position("people"), [{"id": "U1"}], "")

    assert not Recipient.objects.exists()
