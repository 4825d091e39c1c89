"""How many chat.postMessage a second the sandbox carries on one core, with limits off.

    python -m bench.sandbox_posts [--seconds 5] [--connections 16]

The sandbox is pinned to core 0; the clients are raw keep-alive connections in a process on the
other cores, so that what is measured is the sandbox.
"""

import argparse
import json
import os
import socket
import time
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector

from sandbox.testing import RunningSandbox, running_sandbox

TARGET = 3000
TEAMS = 10
PEOPLE = 100


@dataclass(slots=True)
class Connection:
    """One client: a socket, its next requests and how much of an answer is still to come."""

    socket: socket.socket
    requests: list[bytes]
    sent: int = 0
    buffer: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        self.socket.sendall(self.requests[self.sent % len(self.requests)])
        self.sent += 1

    def receive(self) -> bool:
        """Read what there is; True when an answer is complete."""
        self.buffer += self.socket.recv(65536)
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return False
        start = self.buffer.index(b"Content-Length: ") + 16
        length = int(self.buffer[start : self.buffer.index(b"\r", start)])
        if len(self.buffer) < head + 4 + length:
            return False
        if not self.buffer.startswith(b"HTTP/1.1 200") or b'"ok":true' not in self.buffer:
            raise RuntimeError(self.buffer.decode())
        self.buffer.clear()
        return True


def prepare(sandbox: RunningSandbox) -> list[bytes]:
    """Requests to all people of all teams, as a broadcast would send them."""
    sandbox.control("PUT", "limits", {"enabled": False})
    sandbox.control("PUT", "apps/A0BENCH", {"request_url": None})
    host = sandbox.url.removeprefix("http://")
    requests: list[bytes] = []
    for number in range(TEAMS):
        team = sandbox.control("POST", "workspaces", {"domain": f"b{number}", "people": PEOPLE})
        place = {"app_id": "A0BENCH", "team_id": team["team_id"]}
        token = sandbox.control("POST", "install", place)["access_token"]
        users = sandbox.control("GET", f"workspaces/{team['team_id']}/users")
        for user in users:
            if user["reachable"]:
                requests.append(_request(host, token, user["id"], len(requests)))
    return requests


def _request(host: str, token: str, user_id: str, number: int) -> bytes:
    text = f"Hello, this is message {number} of the benchmark, as long as a short reminder is."
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    metadata = {"event_type": "delivery", "event_payload": {"delivery_id": number}}
    post = {"channel": user_id, "text": text, "blocks": [section], "metadata": metadata}
    body = json.dumps(post).encode()
    head = (
        f"POST /api/chat.postMessage HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json;charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def measure(sandbox: RunningSandbox, requests: list[bytes], count: int, seconds: float) -> float:
    """Posts a second over `count` connections that each send as soon as they are answered."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    selector = DefaultSelector()
    for number in range(count):
        connection = Connection(
            socket.create_connection((host, int(port))), requests[number::count]
        )
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection.socket, EVENT_READ, connection)
        connection.send()
    done, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        for key, _ in selector.select(1):
            if key.data.receive():
                done += 1
                key.data.send()
    return done / (time.monotonic() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    chosen = parser.parse_args()
    with running_sandbox() as sandbox:
        requests = prepare(sandbox)
        if hasattr(os, "sched_setaffinity"):
            cores = os.sched_getaffinity(0)
            os.sched_setaffinity(sandbox.process.pid, {min(cores)})
            os.sched_setaffinity(0, cores - {min(cores)} or cores)
        rate = measure(sandbox, requests, chosen.connections, chosen.seconds)
    line = {"figure": "sandbox posts", "value": round(rate), "unit": "posts/s on one core"}
    print(json.dumps(line | {"target": TARGET, "holds": rate >= TARGET}))


if __name__ == "__main__":
    main()
