"""Who and what there is: people, channels, their pages, and the seeds."""

from collections.abc import Iterator

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from sandbox.tests.conftest import APP, Team, error_of, make_team


def test_team_info(team: Team, other: Team) -> None:
    answer = team.client.team_info()["team"]

    assert (answer["id"], answer["name"], answer["domain"]) == (team.id, "Acme", "acme")


def test_team_info_of_a_stranger_team(team: Team, other: Team) -> None:
    assert error_of(lambda: team.client.team_info(team=other.id))["error"] == "team_not_found"


def test_users_list_in_pages_is_complete(team: Team, other: Team) -> None:
    pages = [[user["id"] for user in page["members"]] for page in team.client.users_list(limit=5)]

    ids = [user_id for page in pages for user_id in page]
    assert [len(page) for page in pages] == [5, 5, 5, 4]
    assert len(ids) == len(set(ids))
    assert set(ids) == {user["id"] for user in team.users()}
    assert not set(ids) & set(other.reachable)


def test_wrong_cursor(team: Team) -> None:
    assert error_of(lambda: team.client.users_list(cursor="bm9wZQ=="))["error"] == "invalid_cursor"


def test_wrong_limit(team: Team) -> None:
    answer = error_of(lambda: team.client.api_call("users.list", params={"limit": "many"}))

    assert answer["error"] == "invalid_limit"


def test_limit_can_be_made_mandatory(team: Team) -> None:
    team.sandbox.control("PUT", "answers", {"users_list_limit_required": 10})

    assert error_of(team.client.users_list)["error"] == "limit_required"
    assert team.client.users_list(limit=10)["ok"]


def test_addresses_need_their_scope(team: Team, sandbox: RunningSandbox) -> None:
    curious = make_team(sandbox, "curious", scopes=["users:read", "users:read.email"])

    assert not any("email" in user["profile"] for user in team.client.users_list()["members"])
    assert any("email" in user["profile"] for user in curious.client.users_list()["members"])


def test_users_info(team: Team) -> None:
    user = team.client.users_info(user=team.reachable[0])["user"]

    assert user["id"] == team.reachable[0]
    assert user["team_id"] == team.id


def test_users_info_of_another_team(team: Team, other: Team) -> None:
    answer = error_of(lambda: team.client.users_info(user=other.reachable[0]))

    assert answer["error"] == "user_not_found"


def test_users_info_without_user(team: Team) -> None:
    answer = error_of(lambda: team.client.api_call("users.info"))

    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]


def test_a_person_is_found_by_address(team: Team, sandbox: RunningSandbox) -> None:
    curious = make_team(sandbox, "curious", scopes=["users:read", "users:read.email"])

    user = curious.client.users_lookupByEmail(email="Person1@curious.example")["user"]
    missing = error_of(lambda: curious.client.users_lookupByEmail(email="person1@acme.example"))
    refused = error_of(lambda: team.client.users_lookupByEmail(email="person1@acme.example"))

    assert user["profile"]["email"] == "person1@curious.example"
    assert (missing["error"], refused["error"]) == ("users_not_found", "missing_scope")


def test_profile(sandbox: RunningSandbox, app: str) -> None:
    team = make_team(sandbox, "acme", scopes=["users.profile:read"])

    profile = team.client.users_profile_get(user=team.reachable[0])["profile"]
    own = team.client.users_profile_get()["profile"]

    assert profile["real_name"] and "email" not in profile
    assert own["api_app_id"] == APP


def test_teams_of_a_token(team: Team, other: Team) -> None:
    assert team.client.auth_teams_list()["teams"] == [{"id": team.id, "name": "Acme"}]


def test_conversations_list_hides_private_and_foreign(team: Team, other: Team) -> None:
    types = "public_channel,private_channel"

    names = [each["name"] for each in team.client.conversations_list(types=types)["channels"]]

    assert names == ["general", "random", "announcements", "old-project"]


def test_conversations_list_without_archived(team: Team) -> None:
    channels = team.client.conversations_list(exclude_archived=True)["channels"]

    assert "old-project" not in [each["name"] for each in channels]


def test_private_channel_shows_after_an_invitation(team: Team) -> None:
    secret = team.channel("leadership")
    before = error_of(lambda: team.client.conversations_info(channel=secret))

    team.control("POST", f"channels/{secret}/members", {"app_id": APP})

    assert before["error"] == "channel_not_found"
    assert team.client.conversations_info(channel=secret)["channel"]["is_private"]


def test_conversations_list_of_unknown_type(team: Team) -> None:
    answer = error_of(lambda: team.client.conversations_list(types="secret_channel"))

    assert answer["error"] == "invalid_types"


def test_conversations_list_scope_per_type(sandbox: RunningSandbox, app: str) -> None:
    poor = make_team(sandbox, "poor", scopes=["channels:read"])

    answer = error_of(lambda: poor.client.conversations_list(types="private_channel"))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")


def test_conversations_members_in_pages(team: Team) -> None:
    general = team.channel("general")

    pages = [
        page["members"] for page in team.client.conversations_members(channel=general, limit=5)
    ]

    assert [user_id for page in pages for user_id in page] == team.reachable


def test_conversations_open_twice_gives_one_dm(team: Team, other: Team) -> None:
    first = team.client.conversations_open(users=team.reachable[0])
    second = team.client.conversations_open(users=team.reachable[0])

    assert first["channel"]["id"] == second["channel"]["id"]
    assert second["already_open"] is True
    dms = {user["id"]: user["dm"] for user in team.users()}
    assert dms[team.reachable[0]] == first["channel"]["id"]
    assert dms[team.reachable[1]] is None


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("deleted", "user_disabled"),
        ("is_bot", "cannot_dm_bot"),
        ("is_stranger", "user_not_visible"),
    ],
)
def test_conversations_open_with_the_unreachable(team: Team, kind: str, code: str) -> None:
    somebody = team.user(lambda user: bool(user.get(kind)))

    assert error_of(lambda: team.client.conversations_open(users=somebody))["error"] == code


def test_conversations_open_with_nobody(team: Team) -> None:
    answer = error_of(lambda: team.client.api_call("conversations.open"))

    assert answer["error"] == "users_list_not_supplied"


def test_conversations_open_with_an_unknown_user(team: Team, other: Team) -> None:
    answer = error_of(lambda: team.client.conversations_open(users=other.reachable[0]))

    assert answer["error"] == "user_not_found"


@pytest.fixture(scope="module")
def demo() -> Iterator[RunningSandbox]:
    with running_sandbox(seed="demo") as sandbox:
        yield sandbox


def test_demo_seed_has_three_workspaces(demo: RunningSandbox) -> None:
    workspaces = demo.control("GET", "workspaces")

    assert [each["reachable"] for each in workspaces] == [400, 120, 40]
    assert all(each["people"] > each["reachable"] for each in workspaces)


def test_demo_seed_is_the_same_after_reset(demo: RunningSandbox) -> None:
    before = demo.control("GET", "workspaces")
    demo.control("POST", "workspaces", {"domain": "another"})

    demo.control("POST", "reset")

    assert demo.control("GET", "workspaces") == before


def test_demo_seed_has_names_that_hurt(demo: RunningSandbox) -> None:
    for workspace in demo.control("GET", "workspaces"):
        users = demo.control("GET", f"workspaces/{workspace['team_id']}/users")
        names = {user["profile"]["real_name"] for user in users if user["reachable"]}

        assert {"<!channel>", "Fish & Chips <b>Ltd</b>", "שרה כהן", "🦊 Fox 👩‍🚀"} <= names
        assert max(map(len, names)) == 80


def test_demo_seed_has_all_sorts_of_people(demo: RunningSandbox) -> None:
    for workspace in demo.control("GET", "workspaces"):
        users = demo.control("GET", f"workspaces/{workspace['team_id']}/users")

        assert len({user["tz"] for user in users if user["reachable"]}) >= 8
        for kind in ("is_bot", "deleted", "is_restricted", "is_stranger", "is_owner"):
            assert any(user.get(kind) for user in users), kind
        assert not next(user for user in users if user["id"] == "USLACKBOT")["reachable"]
