"""Requests that leave when it is their time, whatever became of those before them.

Each one's seconds count from the instant at which it was to leave: a server that stands still for a
second is charged for all that were to come in that second (no coordinated omission).
"""

import asyncio
import time
from collections.abc import Sequence

from bench.figures import LostMessages

# Slack opens connections as it needs them, and uses them again.
type _Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def send(port: int, requests: Sequence[bytes], per_second: float) -> list[float]:
    """Seconds of each request until its answer; LostMessages unless all answers are 200."""
    return asyncio.run(_send(port, requests, per_second))


async def _send(port: int, requests: Sequence[bytes], per_second: float) -> list[float]:
    lines: list[_Line] = []
    begun = time.monotonic() + 0.1
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number, request in enumerate(requests):
            due = begun + number / per_second
            await asyncio.sleep(due - time.monotonic())
            tasks.append(group.create_task(_answered(port, request, lines, due)))
    for _, writer in lines:
        writer.close()
    return [task.result() for task in tasks]


async def _answered(port: int, request: bytes, lines: list[_Line], due: float) -> float:
    while True:
        is_used = bool(lines)
        line = lines.pop() if lines else await asyncio.open_connection("127.0.0.1", port)
        try:
            line[1].write(request)
            head = await line[0].readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            if is_used:
                # The server has closed what was idle.
                continue
            raise
        seconds = time.monotonic() - due
        if not head.startswith(b"HTTP/1.1 200"):
            raise LostMessages(f"An event was refused: {head.decode()}")
        await _rest(line[0], head)
        if b"connection: close" in head.lower():
            line[1].close()
        else:
            lines.append(line)
        return seconds


async def _rest(reader: asyncio.StreamReader, head: bytes) -> None:
    for field in head.lower().split(b"\r\n"):
        name, _, value = field.partition(b":")
        if name == b"content-length":
            await reader.readexactly(int(value))
        elif name == b"transfer-encoding":
            await reader.readuntil(b"0\r\n\r\n")
