"""The sandbox over TLS, beside plain HTTP."""

import asyncio
import ssl
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import aiohttp
from slack_sdk import WebClient

from sandbox.testing import RunningSandbox, running_sandbox


def test_it_answers_over_tls_to_who_trusts_its_certificate(tmp_path: Path) -> None:
    with running_sandbox(folder=tmp_path, tls=True) as sandbox:
        trust = ssl.create_default_context(cafile=sandbox.pem)

        with urlopen(f"{sandbox.tls_url}/control/summary", context=trust) as answer:
            assert answer.status == 200

        assert sandbox.control("GET", "summary")["posts"] == 0
        assert asyncio.run(_hello(sandbox, trust))["type"] == "hello"


async def _hello(sandbox: RunningSandbox, trust: ssl.SSLContext) -> Any:
    """What a socket says that was asked for over TLS, and is one over TLS itself."""
    sandbox.control("PUT", "apps/A1", {"socket_mode": True})
    web = WebClient(base_url=f"{sandbox.tls_url}/api/", ssl=trust)
    url = str(web.apps_connections_open(app_token="xapp-1-A1-secret")["url"])
    assert url.startswith("wss://")
    async with aiohttp.ClientSession() as session, session.ws_connect(url, ssl=trust) as socket:
        hello = await socket.receive_json()
        sandbox.control("POST", "sockets/reset", {"app_id": "A1"})
        assert (await socket.receive()).type is not aiohttp.WSMsgType.TEXT
        return hello
