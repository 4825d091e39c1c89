"""The bare client that run_bots is measured against: slack_sdk's fastest, which only acknowledges.

Run as a process of its own until it is ended: `python -m bench.bare_socket API_URL TOKEN COUNT`.
"""

import asyncio
import sys

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient


async def listen(api_url: str, app_token: str, connections: int) -> None:
    for _ in range(connections):
        client = SocketModeClient(app_token, web_client=AsyncWebClient(base_url=api_url))
        client.socket_mode_request_listeners.append(_acknowledge)
        await client.connect()  # type: ignore[no-untyped-call]
    await asyncio.Event().wait()


async def _acknowledge(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
    await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2], int(sys.argv[3])))
