"""How many Socket Mode envelopes a second the sandbox carries on one core, each acknowledged.

    python -m bench.sandbox_envelopes [--count 20000] [--connections 4]

The sandbox is pinned to core 0; the app is a bare WebSocket client on the other cores.
"""

import argparse
import asyncio
import json
import os
import time
from typing import Any

import aiohttp
from slack_sdk import WebClient

from sandbox.testing import RunningSandbox, running_sandbox

TARGET = 3000
BURST = 500
"""Events per control request: few enough to be acknowledged long before their three seconds."""
_APP = "A0BENCH"
_KEY = '"envelope_id":"'


def prepare(sandbox: RunningSandbox) -> str:
    """The id of a workspace with an app in Socket Mode."""
    sandbox.control("PUT", "limits", {"enabled": False})
    sandbox.control("PUT", f"apps/{_APP}", {"socket_mode": True})
    team_id = str(sandbox.control("POST", "workspaces", {"domain": "bench"})["team_id"])
    sandbox.control("POST", "install", {"app_id": _APP, "team_id": team_id})
    return team_id


async def measure(sandbox: RunningSandbox, team_id: str, *, count: int, connections: int) -> float:
    """Envelopes a second, from the first event to the last acknowledgement."""
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(_address(sandbox)) for _ in range(connections)]
        for socket in sockets:
            await socket.receive()
        acked = [0]
        listeners = [asyncio.create_task(_listen(socket, acked)) for socket in sockets]
        started = time.monotonic()
        while acked[0] < count:
            await _fire(session, sandbox, team_id, min(BURST, count - acked[0]))
            await _settled(sandbox, session, acked)
        rate = acked[0] / (time.monotonic() - started)
        for listener in listeners:
            listener.cancel()
        for socket in sockets:
            await socket.close()
        return rate


def _address(sandbox: RunningSandbox) -> str:
    opened = WebClient(base_url=sandbox.api_url).apps_connections_open(
        app_token=f"xapp-1-{_APP}-secret"
    )
    return str(opened["url"])


async def _listen(socket: aiohttp.ClientWebSocketResponse, acked: list[int]) -> None:
    async for message in socket:
        text = str(message.data)
        start = text.index(_KEY) + len(_KEY)
        await socket.send_str(f'{{{_KEY}{text[start : text.index(chr(34), start)]}"}}')
        acked[0] += 1


async def _fire(
    session: aiohttp.ClientSession, sandbox: RunningSandbox, team_id: str, count: int
) -> None:
    event: dict[str, Any] = {"type": "message", "channel_type": "im", "channel": "D0BENCH"}
    event |= {"user": "U0BENCH", "text": "A line as long as people write them.", "ts": "1.0"}
    wanted = {"app_id": _APP, "event": event, "count": count}
    address = f"{sandbox.url}/control/workspaces/{team_id}/events"
    async with session.post(address, json=wanted) as answer:
        await answer.read()


async def _settled(
    sandbox: RunningSandbox, session: aiohttp.ClientSession, acked: list[int]
) -> None:
    """Until the sandbox has had all acknowledgements that were sent so far, and none waits."""
    while True:
        async with session.get(f"{sandbox.url}/control/sockets?app_id={_APP}") as answer:
            documents = await answer.json()
        sent = sum(each["sent"] for each in documents)
        if sent == sum(each["acked"] for each in documents) == acked[0]:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=4)
    chosen = parser.parse_args()
    with running_sandbox() as sandbox:
        team_id = prepare(sandbox)
        if hasattr(os, "sched_setaffinity"):
            cores = os.sched_getaffinity(0)
            os.sched_setaffinity(sandbox.process.pid, {min(cores)})
            os.sched_setaffinity(0, cores - {min(cores)} or cores)
        rate = asyncio.run(
            measure(sandbox, team_id, count=chosen.count, connections=chosen.connections)
        )
    line = {"figure": "sandbox envelopes", "value": round(rate), "unit": "envelopes/s on one core"}
    print(json.dumps(line | {"target": TARGET, "holds": rate >= TARGET}))


if __name__ == "__main__":
    main()
