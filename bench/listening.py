"""Apps that listen, at Slack and in the hub, and events for them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.figures import LostMessages
from bots.models import Bot
from bots.tests.hub import Hub
from bots.tests.socketing import make_socket_hub
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Team

# Events per control request, and how many may be under way: far from Slack's three seconds.
BURST, MOST = 500, 2_000
LOOK_SECONDS = 0.003
SECONDS = 120.0


def listening_app(slack: RunningSandbox, *, connections: int, people: int = 3) -> tuple[Hub, Team]:
    """An app in Socket Mode with the bot of bench/bot.py, and a workspace that has it."""
    slack.control("PUT", "limits", {"enabled": False})
    hub = make_socket_hub(slack, connections=connections)
    Bot.objects.create(slack_app=hub.slack_app, name="bench", modules="bench.bot")
    return hub, hub.workspace(people=people)


def spoken(text: str) -> dict[str, Any]:
    """What a person writes to the bot."""
    event = {"type": "message", "channel_type": "im", "channel": "D0BENCH", "user": "U0BENCH"}
    return event | {"text": text, "ts": "1.0"}


def wait_for_lines(slack: RunningSandbox, app_id: str, count: int) -> None:
    wait_until(lambda: len(_lines(slack, app_id)) == count, SECONDS)


def pour(hub: Hub, team: Team, event: dict[str, Any], count: int) -> float:
    """Seconds from the first of so many copies of an event to the last acknowledgement.

    LostMessages unless each was acknowledged the first time.
    """
    slack, app_id = hub.slack, hub.slack_app.app_id
    already = _told(slack, app_id)[1]
    fired, begun = 0, time.monotonic()
    while True:
        sent, acked = _told(slack, app_id)
        if sent - already > fired:
            raise LostMessages(f"{sent - already - fired} events had to be sent again.")
        if acked - already == count:
            return time.monotonic() - begun
        if fired < count and fired - (acked - already) <= MOST - BURST:
            burst = min(BURST, count - fired)
            wanted = {"app_id": app_id, "event": event, "count": burst}
            slack.control("POST", f"workspaces/{team.team_id}/events", wanted)
            fired += burst
        elif time.monotonic() > begun + SECONDS:
            raise LostMessages(f"{count - (acked - already)} events were not acknowledged.")
        else:
            time.sleep(LOOK_SECONDS)


@contextmanager
def beside(slack: RunningSandbox) -> Iterator[None]:
    """This process on the sandbox's core, and not on the one of what is measured."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, os.sched_getaffinity(slack.process.pid))
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def _lines(slack: RunningSandbox, app_id: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = slack.control("GET", f"sockets?app_id={app_id}")
    return lines


def _told(slack: RunningSandbox, app_id: str) -> tuple[int, int]:
    """Envelopes sent and acknowledged over the lines that are open."""
    lines = _lines(slack, app_id)
    return sum(line["sent"] for line in lines), sum(line["acked"] for line in lines)
