"""CPU of a web process and PostgreSQL for each of Slack's events about our own posts.

With metadata events on each post returns one. Nearly always its answer has settled the row before,
as here; events that settle an unknown row are measured apart. They come as Slack sends them,
signed, and as many at a time as a web process has threads.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from itertools import batched

from django.db import connection

from bench.cpu import cpu_seconds
from bench.figures import Figure, LostMessages, table
from bench.stage import Stage, settle_tables
from broadcasts.models import Delivery, Run
from slackhub import processes
from slackhub.embedded.ports import choose_port
from slackhub.embedded.supervisor import Supervisor
from teams.models import SlackApp

LANES, PEOPLE = 50, 200
WARM_UP = 500
AT_ONCE = 16
_PARTS = ("web", "postgres")

_MAKE = """
    UPDATE broadcasts_delivery
    SET state = %(state)s, attempt = 1, channel = 'D' || id,
        ts = CASE WHEN %(state)s = 'sent' THEN %(second)s || lpad(id::text, 6, '0') ELSE '' END,
        marked_at = clock_timestamp(), settled_at = clock_timestamp()
    WHERE run_id = %(run)s
"""

type Row = tuple[int, str]


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the figure; raises LostMessages if an event was not taken."""
    stage.fill(LANES, PEOPLE)
    port = choose_port(8020)
    costs = {}
    with Supervisor(stage.log) as hub:
        hub.start(processes.web(port, env=stage.env))
        hub.wait_ready("web")
        for state in (Delivery.State.SENT, Delivery.State.UNKNOWN):
            costs[state] = _cost(stage, hub, port, state)
    rows = [
        [f"of rows {state}", *(f"{costs[state][part]:.0f}" for part in (*_PARTS, "sum"))]
        for state in costs
    ]
    told = table(["microseconds of CPU an event", *_PARTS, "sum"], rows)
    value = costs[Delivery.State.SENT]["sum"]
    return told, [Figure("CPU per delivery event", value, "microseconds", 150.0)]


def _cost(stage: Stage, hub: Supervisor, port: int, state: str) -> dict[str, float]:
    """Microseconds of each process for an event of rows in this state."""
    requests = _requests(stage.paused_run(f"events of {state}"), state, port)
    asyncio.run(_send(port, requests[:WARM_UP]))
    web = hub.pid("web")
    assert web is not None
    pids = dict(zip(_PARTS, (web, stage.postgres_pid), strict=True))
    before = {part: cpu_seconds(pid) for part, pid in pids.items()}
    asyncio.run(_send(port, requests[WARM_UP:]))
    count = len(requests) - WARM_UP
    spent = {part: (cpu_seconds(pid) - before[part]) / count * 1e6 for part, pid in pids.items()}
    if Delivery.objects.exclude(state=Delivery.State.SENT).exists():
        raise LostMessages("An event has not settled its row.")
    return spent | {"sum": sum(spent.values())}


def _requests(run: Run, state: str, port: int) -> list[bytes]:
    """One event for each row, as Slack would have posted it now."""
    second = f"{int(time.time())}."
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, {"state": state, "second": second, "run": run.pk})
    settle_tables()
    slack_app = SlackApp.objects.get()
    rows = run.deliveries.order_by("slack_id").values_list("pk", "team__team_id")
    return [
        _request(slack_app, team_id, pk, ts=f"{second}{pk:06}", port=port) for pk, team_id in rows
    ]


def _request(slack_app: SlackApp, team_id: str, pk: int, *, ts: str, port: int) -> bytes:
    payload = {"delivery_id": str(pk), "attempt": 1}
    event = {
        "type": "message_metadata_posted",
        "app_id": slack_app.app_id,
        "bot_id": "B012345678",
        "user_id": "U012345678",
        "team_id": team_id,
        "channel_id": f"D{pk}",
        "metadata": {"event_type": "slackhub_delivery", "event_payload": payload},
        "message_ts": ts,
        "event_ts": ts,
    }
    document = {
        "token": "verification",
        "team_id": team_id,
        "api_app_id": slack_app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{pk}",
        "event_time": int(float(ts)),
    }
    body, at = json.dumps(document).encode(), str(int(time.time()))
    secret = slack_app.signing_secret.encode()
    signature = hmac.new(secret, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/{slack_app.slug}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body


async def _send(port: int, requests: Sequence[bytes]) -> None:
    share = -(-len(requests) // AT_ONCE)
    await asyncio.gather(*(_send_each(port, part) for part in batched(requests, share)))


async def _send_each(port: int, requests: Sequence[bytes]) -> None:
    """One after the other over one connection, and over another when the hub has closed it."""
    waiting = list(reversed(requests))
    while waiting:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            writer.write(waiting[-1])
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            if not head.startswith(b"HTTP/1.1 200"):
                raise LostMessages(f"An event was refused: {head.decode()}")
            waiting.pop()
        writer.close()
