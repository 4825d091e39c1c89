"""Who a caller is: tokens, scopes, and the ways in which an installation ends."""

import json
from urllib.request import Request, urlopen

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import APP, Team, client, error_of, make_team


def test_auth_test_names_team_and_bot(team: Team, other: Team) -> None:
    answer = team.client.auth_test()

    assert answer["team_id"] == team.id
    assert answer["user_id"] == team.bot_user_id
    assert answer["bot_id"].startswith("B")
    assert answer.headers["x-oauth-scopes"]


def test_no_token_is_not_authed(sandbox: RunningSandbox) -> None:
    assert error_of(client(sandbox, None).auth_test)["error"] == "not_authed"


def test_unknown_token_is_invalid_auth(sandbox: RunningSandbox) -> None:
    assert error_of(client(sandbox, "xoxb-1-nothing").auth_test)["error"] == "invalid_auth"


def test_token_may_be_a_form_argument(team: Team) -> None:
    bare = client(team.sandbox, None)

    assert bare.api_call("auth.test", data={"token": team.client.token})["ok"]


def test_unknown_method(team: Team) -> None:
    answer = error_of(lambda: team.client.api_call("chat.postMassage"))

    assert answer["error"] == "unknown_method"


def test_missing_scope_says_what_is_needed(sandbox: RunningSandbox, app: str) -> None:
    poor = make_team(sandbox, "poor", scopes=["chat:write", "im:write"])

    answer = error_of(poor.client.users_list)

    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "users:read"
    assert answer["provided"] == "chat:write,im:write"


def test_revoked_token(team: Team, other: Team) -> None:
    team.sandbox.control("POST", "revoke", {"app_id": APP, "team_id": team.id, "event": True})

    assert error_of(team.client.auth_test)["error"] == "token_revoked"
    assert other.client.auth_test()["ok"]
    assert [each["type"] for each in team.sandbox.control("GET", "events")] == ["tokens_revoked"]


def test_revoked_in_silence(team: Team) -> None:
    team.sandbox.control("POST", "revoke", {"app_id": APP, "team_id": team.id, "event": False})

    assert team.sandbox.control("GET", "events") == []


def test_uninstalled_token_is_account_inactive(team: Team, other: Team) -> None:
    team.sandbox.control("POST", "uninstall", {"app_id": APP, "team_id": team.id})

    assert error_of(team.client.auth_test)["error"] == "account_inactive"
    assert len(team.events("app_uninstalled")) == 1
    assert len(team.events("tokens_revoked")) == 1
    assert other.events("app_uninstalled") == []


def test_auth_revoke_ends_the_installation(team: Team) -> None:
    answer = team.client.auth_revoke()

    assert answer["revoked"] is True
    assert error_of(team.client.auth_test)["error"] == "account_inactive"
    assert len(team.events("app_uninstalled")) == 1


def test_apps_uninstall_wants_the_right_secret(team: Team) -> None:
    answer = error_of(lambda: team.client.apps_uninstall(client_id="11.22", client_secret="wrong"))

    assert answer["error"] == "bad_client_secret"
    assert team.client.auth_test()["ok"]


def test_apps_uninstall(team: Team) -> None:
    team.client.apps_uninstall(client_id="11.22", client_secret="client-secret")

    assert error_of(team.client.auth_test)["error"] == "account_inactive"


def test_installing_again_replaces_the_token(team: Team) -> None:
    place = {"app_id": APP, "team_id": team.id}

    again = team.sandbox.control("POST", "install", place)

    assert again["bot_user_id"] == team.bot_user_id
    assert error_of(team.client.auth_test)["error"] == "token_revoked"
    assert client(team.sandbox, again["access_token"]).auth_test()["ok"]


def test_json_body_takes_no_token(team: Team) -> None:
    request = Request(
        f"{team.sandbox.api_url}auth.test",
        json.dumps({"token": team.client.token}).encode(),
        {"Content-Type": "application/json"},
    )

    with urlopen(request, timeout=5) as answer:
        assert json.load(answer) == {"ok": False, "error": "not_authed"}
