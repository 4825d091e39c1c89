"""An organisation's people are those of the workspaces that its admins have added the app to."""

from typing import Any

import pytest

from sandbox.testing import RunningSandbox, wait_until
from teams import sync
from teams.events import apply_event
from teams.models import Recipient, Team
from teams.tests.factories import make_app, make_person, make_team
from teams.tests.syncing import sync_fully
from teams.tests.visiting import make_workspace, register
from teams.workspaces import Position

pytestmark = pytest.mark.django_db


def connect_org(slack: RunningSandbox, *workspaces: str, scopes: str = "") -> Team:
    """An org-wide install that may come into these workspaces."""
    app = make_app()
    register(slack, app)
    granted = let_into(slack, app.app_id, *workspaces)
    return make_team(
        app,
        team_id="",
        enterprise_id="E1",
        is_org_install=True,
        bot_token=granted["access_token"],
        bot_user_id=granted["bot_user_id"],
        scopes=scopes or app.scopes,
    )


def let_into(slack: RunningSandbox, app_id: str, *workspaces: str) -> dict[str, Any]:
    granted: dict[str, Any] = slack.control(
        "PUT", f"orgs/E1/apps/{app_id}", {"teams": [*workspaces]}
    )
    return granted


def people_of(slack: RunningSandbox, *workspaces: str) -> set[str]:
    return {
        user["id"]
        for each in workspaces
        for user in slack.control("GET", f"workspaces/{each}/users")
    }


def known(team: Team) -> set[str]:
    return set(team.recipients.people().filter(gone_at=None).values_list("slack_id", flat=True))


@pytest.fixture
def workspaces(slack: RunningSandbox) -> list[str]:
    return sorted(make_workspace(slack, domain, 4) for domain in ("acme", "globex", "initech"))


def test_people_and_channels_of_every_workspace_are_read(
    slack: RunningSandbox, workspaces: list[str]
) -> None:
    team, other = connect_org(slack, *workspaces[:2]), make_team()

    sync_fully(team)

    assert known(team) == people_of(slack, *workspaces[:2])
    listed = {
        channel["id"]
        for each in slack.control("GET", "workspaces")
        if each["team_id"] in workspaces[:2]
        for channel in each["channels"]
        if channel["kind"] == "channel"
    }
    assert {channel.slack_id for channel in team.recipients.channels()} == listed
    assert team.recipients.people().reachable().exists()
    assert (team.synced_at is not None, team.sync_cursor) == (True, "")
    assert not other.recipients.exists()


def test_lists_and_workspaces_may_take_many_pages(
    slack: RunningSandbox, workspaces: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("teams.workspaces.PAGE", 1)
    monkeypatch.setattr(sync, "PAGE", 3)
    team = connect_org(slack, *workspaces)
    slack.control("PUT", "limits", {"enabled": False})

    sync_fully(team)

    assert known(team) == people_of(slack, *workspaces)


def test_a_workspace_that_is_taken_away_takes_its_people_along(
    slack: RunningSandbox, workspaces: list[str]
) -> None:
    team = connect_org(slack, *workspaces)
    sync_fully(team)

    let_into(slack, team.slack_app.app_id, *workspaces[1:])
    sync_fully(team)

    assert known(team) == people_of(slack, *workspaces[1:])
    assert team.recipients.exclude(gone_at=None).count() > 4


def test_a_sync_goes_on_in_the_workspace_where_it_was_interrupted(
    slack: RunningSandbox, workspaces: list[str]
) -> None:
    team = connect_org(slack, *workspaces)
    fault = {"kind": "http_500", "methods": ["users.list"], "team_id": workspaces[1], "count": 1}
    slack.control("PUT", "faults", fault)

    assert sync.advance(team.pk) == sync.LOST_WAIT

    team.refresh_from_db()
    assert Position.read(team.sync_cursor) == Position("people", workspaces[1])
    Team.objects.update(sync_resumes_at=None)
    sync_fully(team)
    assert known(team) == people_of(slack, *workspaces)
    assert slack.control("GET", "summary")["requests"]["users.list"] == 4


def test_one_workspace_that_refuses_keeps_no_other_from_being_read(
    slack: RunningSandbox, workspaces: list[str]
) -> None:
    team = connect_org(slack, *workspaces)
    sync_fully(team)
    newcomer = make_person(team)
    fault = {"kind": "error", "error": "team_access_not_granted", "team_id": workspaces[1]}
    slack.control("PUT", "faults", fault | {"methods": ["users.list", "conversations.list"]})
    before = team.synced_at
    Recipient.objects.filter(slack_id__in=people_of(slack, workspaces[2])).update(name="stale")

    sync_fully(team)

    assert team.synced_at and before and team.synced_at > before
    assert team.state == Team.State.CONNECTED
    assert not team.recipients.filter(name="stale").exists()
    assert newcomer.slack_id in known(team)


def test_an_app_that_no_admin_has_added_yet_has_nobody(slack: RunningSandbox) -> None:
    team = connect_org(slack)

    sync_fully(team)

    assert team.synced_at is not None
    assert not team.recipients.exists()


@pytest.mark.django_db(transaction=True)
def test_a_workspace_that_admins_add_is_read_at_once(
    slack: RunningSandbox, workspaces: list[str], worker: None
) -> None:
    team = connect_org(slack, workspaces[0])
    sync_fully(team)

    let_into(slack, team.slack_app.app_id, *workspaces)
    apply_event(team, {"type": "team_access_granted", "team_ids": workspaces[1:]})

    wait_until(lambda: known(team) == people_of(slack, *workspaces))


def test_where_slack_does_not_tell_the_workspaces_it_is_asked_again(
    slack: RunningSandbox, workspaces: list[str]
) -> None:
    team = connect_org(slack, *workspaces)
    fault = {"kind": "storm_429", "methods": ["auth.teams.list"], "count": 1, "retry_after": 7}
    slack.control("PUT", "faults", fault)

    assert sync.advance(team.pk) == 7.0

    Team.objects.update(sync_resumes_at=None)
    sync_fully(team)
    assert known(team) == people_of(slack, *workspaces)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("people:abc=", Position("people", cursor="abc=")),
        ("channels:", Position("channels")),
        ("people@T1:a", Position("people", "T1", "a")),
        ("channels@T1!:", Position("channels", "T1", is_whole=False)),
        ("channels!:", Position("channels", is_whole=False)),
    ],
)
def test_a_position_is_read_as_it_was_written(text: str, place: Position) -> None:
    assert (Position.read(text), str(place)) == (place, text)
