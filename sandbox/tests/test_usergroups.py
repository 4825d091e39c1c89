"""usergroups.list and usergroups.users.list with a stock client."""

from functools import partial

import pytest

from sandbox.testing import ControlError, RunningSandbox, wait_until
from sandbox.tests.conftest import APP, Team, error_of, make_team
from sandbox.tests.listening import Listener


@pytest.fixture
def tasters(sandbox: RunningSandbox, app: str) -> Team:
    return make_team(sandbox, "tasters", ["usergroups:read"])


def test_groups_and_their_people(tasters: Team, other: Team) -> None:
    people = tasters.reachable[:2]
    group = tasters.control("PUT", "usergroups/tea", {"name": "Tea", "users": people})

    (listed,) = tasters.client.usergroups_list(include_count=True)["usergroups"]

    assert (listed["id"], listed["handle"], listed["user_count"]) == (group["id"], "tea", 2)
    assert "users" not in listed
    assert tasters.client.usergroups_users_list(usergroup=group["id"])["users"] == people
    assert other.control("PUT", "usergroups/tea", {})["id"] != group["id"]


def test_a_disabled_group_is_told_when_asked_for(tasters: Team) -> None:
    group = tasters.control("PUT", "usergroups/tea", {"disabled": True})
    users = partial(tasters.client.usergroups_users_list, usergroup=group["id"])

    assert tasters.client.usergroups_list()["usergroups"] == []
    assert len(tasters.client.usergroups_list(include_disabled=True)["usergroups"]) == 1
    assert error_of(users)["error"] == "no_such_subteam"


def test_the_apps_hear_of_groups(tasters: Team, listener: Listener) -> None:
    tasters.sandbox.control("PUT", f"apps/{APP}", {"request_url": listener.url})

    tasters.control("PUT", "usergroups/tea", {"users": tasters.reachable[:1]})
    wait_until(lambda: listener.of_type("subteam_created"))
    tasters.control("PUT", "usergroups/tea", {"users": []})

    (body,) = wait_until(lambda: listener.of_type("subteam_updated"))
    assert (body["event"]["subteam"]["handle"], body["event"]["subteam"]["users"]) == ("tea", [])


def test_only_people_of_the_workspace(tasters: Team, other: Team) -> None:
    with pytest.raises(ControlError, match="404"):
        tasters.control("PUT", "usergroups/tea", {"users": other.reachable[:1]})


def test_the_scope_is_needed(team: Team) -> None:
    assert error_of(team.client.usergroups_list)["needed"] == "usergroups:read"
