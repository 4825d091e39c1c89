"""An app that a whole organisation has: one token, in the workspaces that admins add."""

from typing import Any

import pytest

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import APP, client, error_of


@pytest.fixture
def workspaces(sandbox: RunningSandbox, app: str) -> list[str]:
    """Three of them; the app may come into two."""
    made = [sandbox.control("POST", "workspaces", {"people": 3}) for _ in range(3)]
    return [each["team_id"] for each in made]


def install(sandbox: RunningSandbox, *teams: str) -> dict[str, Any]:
    granted: dict[str, Any] = sandbox.control("PUT", f"orgs/E1/apps/{APP}", {"teams": [*teams]})
    return granted


def test_an_organisations_grant_names_no_workspace(
    sandbox: RunningSandbox, workspaces: list[str]
) -> None:
    granted = install(sandbox)
    about = client(sandbox, granted["access_token"]).auth_test()

    assert (granted["team"], granted["enterprise"]["id"]) == (None, "E1")
    assert granted["is_enterprise_install"] and about["is_enterprise_install"]
    assert (about["user_id"], about["enterprise_id"]) == (granted["bot_user_id"], "E1")


def test_a_token_tells_its_workspaces_in_pages(
    sandbox: RunningSandbox, workspaces: list[str]
) -> None:
    slack = client(sandbox, install(sandbox, *workspaces[:2])["access_token"])

    pages = [[team["id"] for team in page["teams"]] for page in slack.auth_teams_list(limit=1)]

    assert pages == [[each] for each in workspaces[:2]]


def test_a_list_is_that_of_the_workspace_named(
    sandbox: RunningSandbox, workspaces: list[str]
) -> None:
    slack = client(sandbox, install(sandbox, *workspaces[:2])["access_token"])

    for team in workspaces[:2]:
        listed = {user["id"] for user in slack.users_list(team_id=team)["members"]}
        users = sandbox.control("GET", f"workspaces/{team}/users")
        assert listed == {user["id"] for user in users}
    assert error_of(slack.users_list)["error"] == "missing_argument"
    refused = error_of(lambda: slack.conversations_list(team_id=workspaces[2]))
    assert refused["error"] == "team_access_not_granted"


def test_a_post_goes_to_the_workspace_of_the_person(
    sandbox: RunningSandbox, workspaces: list[str]
) -> None:
    slack = client(sandbox, install(sandbox, *workspaces[:2])["access_token"])
    users = sandbox.control("GET", f"workspaces/{workspaces[1]}/users")
    person = next(user["id"] for user in users if user["reachable"])

    slack.chat_postMessage(channel=person, text="hi")

    (post,) = sandbox.posts()
    assert (post["team_id"], post["user"]) == (workspaces[1], person)


def test_a_workspace_that_admins_take_away_is_out_of_reach(
    sandbox: RunningSandbox, workspaces: list[str]
) -> None:
    slack = client(sandbox, install(sandbox, *workspaces[:2])["access_token"])

    install(sandbox, workspaces[0])

    assert [team["id"] for team in slack.auth_teams_list()["teams"]] == workspaces[:1]
