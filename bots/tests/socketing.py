"""run_bots in a thread of the test's process, and a hub whose app is in Socket Mode."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from bots.supervisor import loop
from bots.supervisor.loop import Supervisor
from bots.supervisor.rows import Link
from bots.tests.hub import Hub, make_hub
from sandbox.testing import RunningSandbox, wait_until
from teams.models import SlackApp
from teams.tests.factories import make_app


class Bots:
    """One run_bots; `stop` ends it in order."""

    def __init__(self, only: str = "") -> None:
        self._only = only
        self._begun = Event()
        self._thread = Thread(target=asyncio.run, args=(self._run(),))

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._supervisor = Supervisor(self._only)
        self._begun.set()
        await self._supervisor.run()

    def start(self) -> "Bots":
        self._thread.start()
        self._begun.wait(10)
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._supervisor.stop)
            self._thread.join(30)


@contextmanager
def running_bots(only: str = "") -> Iterator[Bots]:
    """One that is done when the block ends."""
    bots = Bots(only).start()
    try:
        yield bots
    finally:
        bots.stop()


def make_socket_app(slack: RunningSandbox, **fields: Any) -> SlackApp:
    """An app in Socket Mode on both sides."""
    app = make_app(transport=SlackApp.Transport.SOCKET, **fields)
    app.app_token = app.app_token or f"xapp-{app.app_id}"
    app.save()
    tell_slack(slack, app)
    return app


def tell_slack(slack: RunningSandbox, app: SlackApp, **fields: Any) -> None:
    about = {
        "name": app.name,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "signing_secret": app.signing_secret,
        "socket_mode": True,
        "app_token": app.app_token,
    }
    slack.control("PUT", f"apps/{app.app_id}", about | fields)


def make_socket_hub(slack: RunningSandbox, **fields: Any) -> Hub:
    return Hub(slack, "", make_socket_app(slack, **fields))


def second_hub(hub: Hub) -> Hub:
    """Another app, which hears as this one does."""
    if hub.slack_app.transport == SlackApp.Transport.HTTP:
        return make_hub(hub.slack, hub.server_url)
    second = make_socket_hub(hub.slack)
    wait_for_sockets(hub.slack, second.slack_app)
    return second


def quick_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of run_bots passes in a twentieth of it; so does the time for what it hands over."""
    monkeypatch.setattr(loop, "STEP_SECONDS", 0.05)
    monkeypatch.setattr(loop, "HANDOVER_SECONDS", 0.3)


def control_answer(hub: Hub, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    """What Slack got for a command, a shortcut or a view."""
    answer: dict[str, Any] = hub.slack.control("POST", verb, body)
    return answer


def sockets(slack: RunningSandbox, app: SlackApp) -> list[dict[str, Any]]:
    """The open connections of an app, as Slack sees them."""
    found = slack.control("GET", f"sockets?app_id={app.app_id}")
    return [each for each in found if not each["leaving"]]


def wait_for_sockets(slack: RunningSandbox, app: SlackApp, count: int = 1) -> list[dict[str, Any]]:
    wait_until(lambda: len(sockets(slack, app)) == count)
    return sockets(slack, app)


def wait_for_state(app: SlackApp, state: Link.State, number: int = 1) -> Link:
    links = Link.objects.filter(slack_app=app, number=number, state=state)
    wait_until(links.exists)
    return links.get()
