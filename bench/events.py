"""How soon an event over HTTP is acknowledged, beside the least that Bolt does.

200 events a second, each at its time, signed, over as many connections as are needed; both
programs under the same server with the same settings, a worker at work beside ours.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.figures import Figure, LostMessages, table
from bench.listening import beside, listening_app, spoken
from bench.open_loop import send
from bench.stage import Stage
from bots.models import InboxEvent
from bots.tests.hub import Hub
from slackhub import processes
from slackhub.embedded.ports import choose_port, port_answers
from slackhub.embedded.process import Process
from slackhub.embedded.supervisor import Supervisor
from teams.models import Team

PER_SECOND = 200.0
WARM_UP, COUNT = 400, 3_000
ROUNDS = 1
TARGET_MS = 150.0


@dataclass(frozen=True)
class Waits:
    """Milliseconds until the acknowledgement."""

    p50: float
    p99: float
    longest: float

    def row(self, name: str) -> list[str]:
        return [name, f"{self.p50:.1f}", f"{self.p99:.1f}", f"{self.longest:.0f}"]


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the figure; raises LostMessages if an event was refused or is no row."""
    hub, team = listening_app(stage.slack, connections=1)
    bolt, alone, ours = [], [], []
    for _ in range(ROUNDS):
        bolt.append(_bolt(stage, hub, team))
        alone.append(_ours(stage, hub, team))
        ours.append(_ours(stage, hub, team, with_worker=True))
    rows = [_middle(bolt).row("Bolt's hello world")]
    rows += [_middle(alone).row("SlackHub, no worker"), _middle(ours).row("SlackHub")]
    told = table([f"ms until the answer at {PER_SECOND:g}/s", "p50", "p99", "longest"], rows)
    return told, [Figure("events over HTTP, p99 of the answer", _middle(ours).p99, "ms", TARGET_MS)]


def _middle(rounds: Sequence[Waits]) -> Waits:
    """The median of each."""
    columns = zip(*((one.p50, one.p99, one.longest) for one in rounds), strict=True)
    return Waits(*(median(column) for column in columns))


def _bolt(stage: Stage, hub: Hub, team: Team) -> Waits:
    port = choose_port(8030)
    app = hub.slack_app
    about = {"HELLO_TOKEN": team.bot_token, "HELLO_SECRET": app.signing_secret}
    about["HELLO_PATH"] = _path(hub)
    web = processes.web(port, env=stage.env)
    command = [part.replace("slackhub.wsgi", "bench.hello") for part in web.command]
    hello_world = Process(
        name="hello",
        command=command,
        env={**stage.env, **about},
        ready=lambda: port_answers(port),
    )
    with Supervisor(stage.log) as hello_hub:
        hello_hub.start(hello_world)
        hello_hub.wait_ready("hello")
        return _waits(stage, hub, team, port=port)


def _ours(stage: Stage, hub: Hub, team: Team, *, with_worker: bool = False) -> Waits:
    port = choose_port(8030)
    InboxEvent.objects.all().delete()
    with Supervisor(stage.log) as our_hub:
        our_hub.start(processes.web(port, env=stage.env))
        our_hub.wait_ready("web")
        if with_worker:
            our_hub.start(processes.worker(env=stage.env))
            our_hub.wait_ready("worker")
        waits = _waits(stage, hub, team, port=port)
    if (kept := InboxEvent.objects.count()) != WARM_UP + COUNT:
        raise LostMessages(f"{kept} rows of {WARM_UP + COUNT} events.")
    return waits


def _waits(stage: Stage, hub: Hub, team: Team, *, port: int) -> Waits:
    requests = [_request(hub, team, f"Ev{number}") for number in range(WARM_UP + COUNT)]
    with beside(stage.slack):
        send(port, requests[:WARM_UP], PER_SECOND)
        seconds = sorted(send(port, requests[WARM_UP:], PER_SECOND))
    p50, p99 = (seconds[int(len(seconds) * part)] * 1e3 for part in (0.5, 0.99))
    return Waits(p50, p99, seconds[-1] * 1e3)


def _request(hub: Hub, team: Team, event_id: str) -> bytes:
    """An event as Slack would post it now."""
    document = {
        "token": "verification",
        "team_id": team.team_id,
        "api_app_id": hub.slack_app.app_id,
        "event": spoken("hush"),
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
    }
    body, at = json.dumps(document).encode(), str(int(time.time()))
    secret = hub.slack_app.signing_secret.encode()
    signature = hmac.new(secret, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {_path(hub)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body


def _path(hub: Hub) -> str:
    return f"/slack/{hub.slack_app.slug}/events"
