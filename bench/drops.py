"""300 Socket Mode connections are dropped in every way there is, in the middle of traffic.

What was not acknowledged comes again. Each question must be answered, and once.
"""

import time
from collections import Counter
from itertools import cycle
from typing import Any

from bench.figures import Figure, LostMessages, table
from bench.listening import SECONDS, listening_app
from bench.stage import Stage
from bots.supervisor.rows import Link
from bots.tests.hub import Hub
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.supervisor import Supervisor
from teams.models import Lane, Team

APPS, CONNECTIONS, PEOPLE = 30, 10, 12
DROPS = APPS * CONNECTIONS
# Questions around each drop, and the seconds between two of them.
QUESTIONS, TICK = 6, 0.25
PER_MINUTE = 60_000.0
# Slack's 60 and 300 seconds until the second and the third retry become 6 and 30.
SCALE = 0.1
TRIES = 4
WAYS = (
    *(("disconnect", reason) for reason in ("warning", "refresh_requested")),
    *(("disconnect", reason) for reason in ("link_disabled", "too_many_websockets")),
    *((way, "") for way in ("close", "reset", "silence", "tear")),
)

type Way = tuple[str, str]


class _Traffic:
    """Questions of many people, each to be answered by its own number."""

    def __init__(self, apps: list[tuple[Hub, Team]]) -> None:
        self.asked = 0
        self._people = {hub.slack_app.pk: cycle(hub.people(team)) for hub, team in apps}

    def ask(self, hub: Hub, team: Team) -> None:
        self.asked += 1
        person = next(self._people[hub.slack_app.pk])
        hub.say(team, f"echo {self.asked}", user=person)


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the figures; raises LostMessages if nothing had to be sent again."""
    stage.slack.control("PUT", "clock", {"scale": SCALE})
    apps = [listening_app(stage.slack, connections=CONNECTIONS, people=PEOPLE) for _ in range(APPS)]
    Lane.objects.update(rate=PER_MINUTE, ceiling=PER_MINUTE)
    traffic = _Traffic(apps)
    with Supervisor(stage.log) as hub:
        hub.start(processes.worker(env=stage.env), processes.bots(env=stage.env))
        hub.wait_ready("worker")
        wait_until(lambda: Link.objects.filter(state=Link.State.OPEN).count() == DROPS, SECONDS)
        dropped = _drop_all(apps, traffic)
        events = _settled(stage)
        _wait_for_answers(stage, traffic.asked)
    return _judged(stage, traffic.asked, events, dropped)


def _drop_all(apps: list[tuple[Hub, Team]], traffic: _Traffic) -> Counter[Way]:
    """Drops every connection that there is, one of each app in turn."""
    ways, dropped = cycle(WAYS), Counter[Way]()
    gone: set[str] = set()
    for _ in range(CONNECTIONS):
        for hub, team in apps:
            due = time.monotonic() + TICK
            way = next(ways)
            for _ in range(QUESTIONS // 2):
                traffic.ask(hub, team)
            gone.add(_drop(hub, way, gone))
            for _ in range(QUESTIONS // 2):
                traffic.ask(hub, team)
            dropped[way] += 1
            time.sleep(max(0.0, due - time.monotonic()))
    return dropped


def _drop(hub: Hub, way: Way, gone: set[str]) -> str:
    """The oldest connection of the app that nothing has happened to yet; its id."""
    how, reason = way
    app_id = hub.slack_app.app_id
    lines = hub.slack.control("GET", f"sockets?app_id={app_id}")
    line: str = next(line["id"] for line in lines if line["id"] not in gone)
    body = {"app_id": app_id, "connection": line} | ({"reason": reason} if reason else {})
    hub.slack.control("POST", f"sockets/{how}", body)
    return line


def _settled(stage: Stage) -> list[dict[str, Any]]:
    """All events, once each is acknowledged or given up by Slack."""

    def settled() -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = stage.slack.control("GET", "events")
        return events if all(map(_is_over, events)) else []

    return wait_until(settled, SECONDS)


def _is_over(event: dict[str, Any]) -> bool:
    tries = event["attempts"]
    return bool(tries) and (tries[-1]["reason"] is None or len(tries) == TRIES)


def _wait_for_answers(stage: Stage, asked: int) -> None:
    """Until all are there, or no more come; then for whatever should not come."""
    posts, still = -1, time.monotonic()
    while time.monotonic() < still + (3.0 if posts >= asked else 30.0):
        if (now := stage.posts()) != posts:
            posts, still = now, time.monotonic()
        time.sleep(0.1)


def _judged(
    stage: Stage, asked: int, events: list[dict[str, Any]], dropped: Counter[Way]
) -> tuple[str, list[Figure]]:
    again = sum(len(event["attempts"]) > 1 for event in events)
    if len(events) != asked or not again:
        raise LostMessages(f"{len(events)} events of {asked}, {again} of them sent again.")
    answers = Counter(str(post["text"]) for post in stage.slack.posts())
    lost = sum(str(number) not in answers for number in range(1, asked + 1))
    twice = sum(count > 1 for count in answers.values())
    rows = [[" ".join(way).strip(), f"{count}"] for way, count in dropped.items()]
    told = table(["dropped by", "connections"], rows)
    told += f"\n\n{asked} events, {again} of them sent again; {lost} lost, {twice} answered twice."
    return told, [
        Figure(f"events lost at {dropped.total()} drops", lost, "events", 0),
        Figure(f"events answered twice at {dropped.total()} drops", twice, "events", 0),
    ]
