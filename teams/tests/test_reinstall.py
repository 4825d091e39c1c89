from datetime import UTC, datetime

import pytest
from django.utils import timezone

from sandbox.testing import RunningSandbox
from teams.models import Team
from teams.tests.factories import make_person, make_team
from teams.tests.visiting import Visitor, make_visitor, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(slack: RunningSandbox) -> Visitor:
    return make_visitor(slack)


@pytest.fixture
def workspace(slack: RunningSandbox) -> str:
    return make_workspace(slack, "acme")


def test_b011_a_reloaded_callback_stays_a_success(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace)
    first = visitor.finish(callback)

    second = visitor.finish(callback)

    assert second == first == f"/installed/{visitor.app.slug}/?team={workspace}"
    assert Team.objects.get().token_version == 1


def test_b013_a_known_and_healthy_team_may_install_again(visitor: Visitor, workspace: str) -> None:
    visitor.install(workspace)
    old = Team.objects.get()

    location = visitor.install(workspace)

    team = Team.objects.get()
    assert location.startswith("/installed/")
    assert team.pk == old.pk
    assert team.token_version == old.token_version + 1
    assert team.installed_at and old.installed_at and team.installed_at > old.installed_at


def test_b015_an_inactive_team_comes_back_as_the_same_row(visitor: Visitor, workspace: str) -> None:
    visitor.install(workspace)
    old = Team.objects.get()
    Team.objects.all().disconnect("It was uninstalled.", timezone.now())

    visitor.install(workspace)

    team = Team.objects.get()
    assert (team.pk, team.state, team.state_reason) == (old.pk, Team.State.CONNECTED, "")


def test_b016_a_new_token_replaces_the_old_one(
    slack: RunningSandbox, visitor: Visitor, workspace: str
) -> None:
    visitor.install(workspace)
    old = Team.objects.get()
    slack.control("POST", "uninstall", {"app_id": visitor.app.app_id, "team_id": workspace})
    Team.objects.all().disconnect("It was uninstalled.", timezone.now())

    visitor.install(workspace)

    team = Team.objects.get()
    assert team.pk == old.pk
    assert team.bot_token not in ("", old.bot_token)


@pytest.mark.parametrize("reason", ["invalid_auth", "account_inactive"])
def test_b017_a_team_with_a_dead_token_is_revived(
    slack: RunningSandbox, visitor: Visitor, workspace: str, reason: str
) -> None:
    stale = make_team(visitor.app, team_id=workspace, bot_token=f"xoxb-{reason}")

    visitor.install(workspace)

    team = Team.objects.get()
    assert (team.pk, team.state) == (stale.pk, Team.State.CONNECTED)
    assert team.bot_token != stale.bot_token


@pytest.mark.parametrize("reason", ["token_revoked", "token_expired"])
def test_b018_a_revoked_team_is_revived(
    slack: RunningSandbox, visitor: Visitor, workspace: str, reason: str
) -> None:
    visitor.install(workspace)
    place = {"app_id": visitor.app.app_id, "team_id": workspace, "event": False}
    slack.control("POST", "revoke", place)
    Team.objects.all().disconnect(reason, timezone.now())

    visitor.install(workspace)

    assert Team.objects.get().state == Team.State.CONNECTED


def test_b025_name_and_domain_are_refreshed(visitor: Visitor, workspace: str) -> None:
    make_team(visitor.app, team_id=workspace, name="Old name", domain="old")

    visitor.install(workspace)

    team = Team.objects.get()
    assert (team.name, team.domain) == ("Acme", "acme")


def test_what_staff_paused_goes_on_after_a_reinstall(visitor: Visitor, workspace: str) -> None:
    visitor.install(workspace)
    Team.objects.all().pause("Asked for it.", timezone.now())

    visitor.install(workspace)

    assert Team.objects.get().state == Team.State.CONNECTED


def test_a_new_bot_user_opens_its_own_direct_messages(visitor: Visitor, workspace: str) -> None:
    team = make_team(visitor.app, team_id=workspace, bot_user_id="UOLD")
    person = make_person(team, dm_channel="D1")
    elsewhere = make_person(make_team(visitor.app), dm_channel="D2")

    visitor.install(workspace)

    person.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (person.dm_channel, elsewhere.dm_channel) == ("", "D2")


def test_a_reinstall_starts_the_sync_anew(visitor: Visitor, workspace: str) -> None:
    started = datetime(2026, 1, 1, tzinfo=UTC)
    make_team(visitor.app, team_id=workspace, sync_started_at=started, sync_cursor="people:x")

    visitor.install(workspace)

    team = Team.objects.get()
    assert (team.sync_started_at, team.sync_cursor) == (None, "")
