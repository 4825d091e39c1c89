"""How a Socket Mode connection is refused, told to go, or dies."""

import asyncio
import json
from typing import Any
from urllib.request import urlopen

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.testing import ControlError, wait_until
from sandbox.tests.conftest import APP, Team, client, error_of
from sandbox.tests.socketing import APP_TOKEN, Wires, app_client, connections


def open_socket(team: Team, token: str = APP_TOKEN) -> Any:
    return app_client(team.sandbox).apps_connections_open(app_token=token)


def test_socket_mode_is_off(team: Team) -> None:
    assert error_of(lambda: open_socket(team))["error"] == "forbidden_team"

    team.sandbox.control("PUT", "answers", {"socket_mode_off": "access_denied"})
    assert error_of(lambda: open_socket(team))["error"] == "access_denied"


def test_unknown_app_token(socket_team: Team) -> None:
    assert error_of(lambda: open_socket(socket_team, "xapp-1-nobody"))["error"] == "invalid_auth"


def test_bot_token_opens_no_socket(socket_team: Team) -> None:
    token = str(socket_team.client.token)

    assert error_of(lambda: open_socket(socket_team, token))["error"] == "not_allowed_token_type"


def test_app_token_of_another_scope(socket_team: Team) -> None:
    scopes = {"app_token_scopes": ["authorizations:read"]}
    socket_team.sandbox.control("PUT", f"apps/{APP}", scopes)

    refused = error_of(lambda: open_socket(socket_team))

    assert (refused["error"], refused["needed"]) == ("missing_scope", "connections:write")


def test_app_token_counts_in_the_header_alone(socket_team: Team) -> None:
    web = client(socket_team.sandbox, None)

    def call(data: dict[str, str] | None) -> str:
        return str(error_of(lambda: web.api_call("apps.connections.open", data=data))["error"])

    assert call(None) == "not_authed"
    assert call({"token": APP_TOKEN}) == "missing_args"


def test_opening_by_get(socket_team: Team) -> None:
    with urlopen(f"{socket_team.sandbox.api_url}apps.connections.open", timeout=5) as answer:
        assert json.load(answer)["error"] == "insecure_request"


def test_asking_for_too_many_addresses(socket_team: Team) -> None:
    socket_team.sandbox.control("PUT", "limits", {"connections_per_minute": 1})
    open_socket(socket_team)

    with pytest.raises(SlackApiError) as refused:
        open_socket(socket_team)

    assert refused.value.response.status_code == 429
    assert 50 <= int(refused.value.response.headers["Retry-After"]) <= 60


def test_address_works_once(socket_team: Team) -> None:
    url = str(open_socket(socket_team)["url"])

    assert asyncio.run(_statuses(url, url)) == [101, 403]


def test_address_grows_old(socket_team: Team) -> None:
    url = str(open_socket(socket_team)["url"])

    socket_team.sandbox.control("PUT", "clock", {"advance": 61})

    assert asyncio.run(_statuses(url)) == [403]


async def _statuses(*urls: str) -> list[int]:
    statuses = []
    async with aiohttp.ClientSession() as session:
        for url in urls:
            try:
                async with session.ws_connect(url):
                    statuses.append(101)
            except aiohttp.WSServerHandshakeError as refused:
                statuses.append(refused.status)
    return statuses


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
def test_disconnect_says_why(socket_team: Team, wires: Wires, reason: str) -> None:
    wire = wires.open()
    body = {"app_id": APP, "reason": reason, "seconds": 0}

    socket_team.sandbox.control("POST", "sockets/disconnect", body)

    wait_until(lambda: wire.ended)
    assert (wire.messages[-1]["type"], wire.messages[-1]["reason"]) == ("disconnect", reason)
    assert connections(socket_team.sandbox) == []


def test_warned_connection_still_works(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()

    body = {"app_id": APP, "reason": "warning"}
    socket_team.sandbox.control("POST", "sockets/disconnect", body)
    socket_team.write()

    wait_until(lambda: wire.of_type("events_api"))
    assert wire.of_type("disconnect")


def test_unknown_reason_is_refused(socket_team: Team) -> None:
    with pytest.raises(ControlError, match="400"):
        socket_team.sandbox.control("POST", "sockets/disconnect", {"reason": "boredom"})


def test_connection_ends_with_its_time(socket_team: Team, wires: Wires) -> None:
    socket_team.sandbox.control("PUT", "answers", {"connection_seconds": 10.1})

    wire = wires.open()

    wait_until(lambda: wire.of_type("disconnect"))
    assert wire.messages[-1]["reason"] == "warning"


@pytest.mark.parametrize("way", ["reset", "close", "tear"])
def test_drop_without_a_word(socket_team: Team, wires: Wires, way: str) -> None:
    wire = wires.open()

    socket_team.sandbox.control("POST", f"sockets/{way}", {"app_id": APP})

    wait_until(lambda: wire.ended)
    assert [each["type"] for each in wire.messages] == ["hello"]
    assert connections(socket_team.sandbox) == []


def test_one_connection_of_several_is_chosen(socket_team: Team, wires: Wires) -> None:
    opened = [wires.open() for _ in range(3)]
    second = connections(socket_team.sandbox)[1]["id"]

    body = {"app_id": APP, "connection": second}
    answer = socket_team.sandbox.control("POST", "sockets/reset", body)

    wait_until(lambda: opened[1].ended)
    assert answer == {"connections": [second]}
    assert not opened[0].ended and not opened[2].ended


def test_silent_line_looks_good_and_loses_events(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()
    socket_team.sandbox.control("POST", "sockets/silence", {"app_id": APP})

    socket_team.write()
    wires.run(wire.socket.ping())

    wait_until(lambda: connections(socket_team.sandbox)[0]["sent"])
    assert [each["type"] for each in wire.messages] == ["hello"]
    assert not wire.ended
    assert connections(socket_team.sandbox)[0]["pings"] == 0
    assert socket_team.attempts() == []


def test_reset_of_the_sandbox_breaks_connections(socket_team: Team, wires: Wires) -> None:
    wire = wires.open()

    socket_team.sandbox.control("POST", "reset")

    wait_until(lambda: wire.ended)
