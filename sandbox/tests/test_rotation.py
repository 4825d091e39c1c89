"""Bot tokens that expire: refresh tokens work once, and two bot tokens at most are alive."""

from typing import Any

import pytest

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import APP, Team, client, error_of, make_team

HOURS_12 = 43_200


@pytest.fixture
def rotating(sandbox: RunningSandbox, app: str) -> str:
    sandbox.control("PUT", f"apps/{APP}", {"token_rotation": True})
    return app


def install(team: Team) -> dict[str, Any]:
    answer: dict[str, Any] = team.sandbox.control(
        "POST", "install", {"app_id": APP, "team_id": team.id}
    )
    return answer


def refresh(team: Team, token: str, **changes: str) -> Any:
    asked = {"client_id": "11.22", "client_secret": "client-secret", "refresh_token": token}
    return client(team.sandbox, None).oauth_v2_access(
        grant_type="refresh_token", **(asked | changes)
    )


def error_with(team: Team, token: str) -> str:
    return str(error_of(client(team.sandbox, token).auth_test)["error"])


def test_an_install_brings_a_token_that_expires(rotating: str, team: Team) -> None:
    grant = install(team)

    team.sandbox.control("PUT", "clock", {"advance": HOURS_12 + 1})

    assert grant["access_token"].startswith("xoxe.xoxb-")
    assert grant["expires_in"] == HOURS_12
    assert error_with(team, grant["access_token"]) == "token_expired"


def test_an_app_without_rotation_gets_neither(team: Team) -> None:
    grant = install(team)

    assert grant["access_token"].startswith("xoxb-")
    assert not {"expires_in", "refresh_token"} & grant.keys()


def test_a_refresh_token_brings_the_next_pair(rotating: str, team: Team, other: Team) -> None:
    grant = install(team)

    answer = refresh(team, grant["refresh_token"])

    assert answer["team"]["id"] == team.id
    assert answer["refresh_token"] != grant["refresh_token"]
    assert client(team.sandbox, answer["access_token"]).auth_test()["team_id"] == team.id
    assert client(team.sandbox, grant["access_token"]).auth_test()["team_id"] == team.id


def test_a_refresh_token_works_once(rotating: str, team: Team) -> None:
    grant = install(team)
    refresh(team, grant["refresh_token"])

    answer = error_of(lambda: refresh(team, grant["refresh_token"]))

    assert answer["error"] == "invalid_refresh_token"


def test_a_refresh_token_works_again_within_the_grace(rotating: str, team: Team) -> None:
    team.sandbox.control("PUT", "answers", {"refresh_grace": 60})
    grant = install(team)
    refresh(team, grant["refresh_token"])

    again = refresh(team, grant["refresh_token"])

    assert client(team.sandbox, again["access_token"]).auth_test()["ok"]


def test_a_third_token_ends_the_oldest(rotating: str, team: Team) -> None:
    first = install(team)
    second = refresh(team, first["refresh_token"])

    third = refresh(team, second["refresh_token"])

    assert error_with(team, first["access_token"]) == "token_revoked"
    for token in (second["access_token"], third["access_token"]):
        assert client(team.sandbox, token).auth_test()["ok"]


def test_a_refresh_needs_the_apps_secret(rotating: str, team: Team) -> None:
    grant = install(team)

    answer = error_of(lambda: refresh(team, grant["refresh_token"], client_secret="wrong"))

    assert answer["error"] == "bad_client_secret"


def test_another_apps_refresh_token_is_refused(rotating: str, team: Team) -> None:
    grant = install(team)
    other_app = {"client_id": "33.44", "client_secret": "client-secret", "token_rotation": True}
    team.sandbox.control("PUT", "apps/A0OTHER", other_app)

    answer = error_of(lambda: refresh(team, grant["refresh_token"], client_id="33.44"))

    assert answer["error"] == "invalid_refresh_token"


def test_an_uninstalled_apps_refresh_token_is_refused(rotating: str, team: Team) -> None:
    grant = install(team)
    team.sandbox.control("POST", "uninstall", {"app_id": APP, "team_id": team.id})

    answer = error_of(lambda: refresh(team, grant["refresh_token"]))

    assert answer["error"] == "invalid_refresh_token"


def test_revoking_a_rotating_token_ends_it_alone(rotating: str, sandbox: RunningSandbox) -> None:
    team = make_team(sandbox, "rotating")
    grant = install(team)
    answer = refresh(team, grant["refresh_token"])

    client(sandbox, grant["access_token"]).auth_revoke()

    assert error_with(team, grant["access_token"]) == "token_revoked"
    assert client(sandbox, answer["access_token"]).auth_test()["ok"]
    assert team.events("app_uninstalled") == []
