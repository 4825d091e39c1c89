"""The stock Socket Mode clients of slack_sdk and Bolt against the sandbox."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient as AiohttpClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import APP, SIGNING_SECRET, Team
from sandbox.tests.socketing import APP_TOKEN, QUIET, app_client, connections


@contextmanager
def builtin_client(sandbox: RunningSandbox) -> Iterator[tuple[SocketModeClient, list[str]]]:
    """A connected client and the texts it hears."""
    heard: list[str] = []
    client = SocketModeClient(
        APP_TOKEN, web_client=app_client(sandbox), ping_interval=0.1, concurrency=2, logger=QUIET
    )

    def hear(_: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        heard.append(request.payload["event"]["text"])

    client.socket_mode_request_listeners.append(hear)
    client.connect()
    try:
        yield client, heard
    finally:
        client.auto_reconnect_enabled = False
        close(sandbox, client)


def close(sandbox: RunningSandbox, client: SocketModeClient) -> None:
    """It reads with a timeout of 3 s and closes no sooner, unless the line ends."""
    sandbox.control("POST", "sockets/reset", {"app_id": APP})
    # Its own thread closes a line that has ended, and now and then at the very same time.
    with suppress(AttributeError):
        client.close()


@pytest.mark.parametrize("way", ["disconnect", "reset", "close"])
def test_builtin_client_comes_back(socket_team: Team, way: str) -> None:
    with builtin_client(socket_team.sandbox) as (_, heard):
        (before,) = wait_until(lambda: connections(socket_team.sandbox))

        socket_team.sandbox.control("POST", f"sockets/{way}", {"app_id": APP})

        wait_until(
            lambda: (
                [each["id"] != before["id"] for each in connections(socket_team.sandbox)] == [True]
            )
        )
        socket_team.write("again")
        wait_until(lambda: heard == ["again"])


def test_aiohttp_client(socket_team: Team) -> None:
    async def talk() -> list[SocketModeRequest]:
        heard: list[SocketModeRequest] = []

        async def hear(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
            heard.append(request)

        web = AsyncWebClient(base_url=socket_team.sandbox.api_url, timeout=5)
        client = AiohttpClient(APP_TOKEN, web_client=web, auto_reconnect_enabled=False)
        client.socket_mode_request_listeners.append(hear)
        await client.connect()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(socket_team.write, "for aiohttp")
        await asyncio.to_thread(wait_until, lambda: heard)
        await client.close()  # type: ignore[no-untyped-call]
        return heard

    assert asyncio.run(talk())[0].payload["event"]["text"] == "for aiohttp"


def test_bolt_handler(socket_team: Team) -> None:
    heard: list[str] = []

    def authorize(team_id: str) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_token="xoxb-0", bot_user_id="U0", bot_id="B0"
        )

    bolt = App(signing_secret=SIGNING_SECRET, authorize=authorize)

    @bolt.event("message")
    def note(event: dict[str, str]) -> None:
        heard.append(event["text"])

    handler = SocketModeHandler(bolt, APP_TOKEN, web_client=app_client(socket_team.sandbox))
    assert isinstance(handler.client, SocketModeClient)
    handler.client.connect()
    try:
        wait_until(lambda: connections(socket_team.sandbox))
        socket_team.write("for Bolt")
        wait_until(lambda: heard == ["for Bolt"] and socket_team.attempts())
    finally:
        handler.client.auto_reconnect_enabled = False
        close(socket_team.sandbox, handler.client)

    assert socket_team.attempts()[0]["status"] == 200
