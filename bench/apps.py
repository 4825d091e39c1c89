"""Memory of each further app in run_bots, a web process and a worker, at 100 apps that are used.

Used: in Socket Mode the line of each is open, one command has been answered over it and one event
heard; over HTTP one command has been answered. So each app's Bolt app has been made.
"""

from itertools import count

from bench.figures import Figure, LostMessages, table
from bench.listening import SECONDS, spoken
from bench.memory import family_mb
from bench.stage import Stage
from bots.models import InboxEvent
from bots.supervisor.rows import Link
from bots.tests.hub import Hub
from bots.tests.socketing import make_socket_hub, tell_slack
from sandbox.testing import wait_until
from slackhub import processes
from slackhub.embedded.ports import choose_port
from slackhub.embedded.supervisor import Supervisor
from teams.models import Team
from teams.tests.factories import make_app

FIRST, MORE = 10, 100
TARGET_MB = 3.0
_PROCESSES = ("bots", "web", "worker")
_numbers = count()


def measure(stage: Stage) -> tuple[str, list[Figure]]:
    """The table and the figures; raises LostMessages if an app did not answer."""
    stage.slack.control("PUT", "limits", {"enabled": False})
    port = choose_port(8040)
    with Supervisor(stage.log) as hub:
        hub.start(processes.web(port, env=stage.env), processes.worker(env=stage.env))
        hub.start(processes.bots(env=stage.env))
        for name in _PROCESSES:
            hub.wait_ready(name)
        before = _used(stage, hub, port, FIRST)
        after = _used(stage, hub, port, MORE)
    each = {name: (after[name] - before[name]) / MORE for name in _PROCESSES}
    rows = [
        [name, f"{before[name]:.0f}", f"{after[name]:.0f}", f"{each[name]:.2f}"]
        for name in _PROCESSES
    ]
    told = table(["MB", f"{FIRST} apps", f"{FIRST + MORE} apps", "a further app"], rows)
    figures = [
        Figure(f"memory of a further app, {name}", each[name], "MB", TARGET_MB)
        for name in _PROCESSES[:2]
    ]
    return told, figures


def _used(stage: Stage, hub: Supervisor, port: int, apps: int) -> dict[str, float]:
    """MB of each process once so many more apps of each kind are in use."""
    sockets = [make_socket_hub(stage.slack) for _ in range(apps)]
    teams = [(each, each.workspace(people=1, channels=1)) for each in sockets]
    lines = Link.objects.filter(state=Link.State.OPEN)
    wait_until(lambda: lines.count() == Link.objects.count() >= apps, SECONDS)
    for each in range(apps):
        _command(*_over_http(stage, port))
        _command(*teams[each])
        _event(*teams[each])
    kept = InboxEvent.objects.filter(state=InboxEvent.State.KEPT)
    wait_until(lambda: not kept.exists(), SECONDS)
    pids = {name: hub.pid(name) for name in _PROCESSES}
    return {name: family_mb(pid) for name, pid in pids.items() if pid is not None}


def _over_http(stage: Stage, port: int) -> tuple[Hub, Team]:
    app = make_app()
    address = f"http://127.0.0.1:{port}/slack/{app.slug}/events"
    tell_slack(stage.slack, app, socket_mode=False, request_url=address)
    hub = Hub(stage.slack, "", app)
    return hub, hub.workspace(people=1, channels=1)


def _command(hub: Hub, team: Team) -> None:
    said = {"team_id": team.team_id, "user": hub.people(team)[0], "command": "/hub", "text": "help"}
    answer = hub.slack.control("POST", "command", said)
    if answer["status"] != 200 or not answer["body"]:
        raise LostMessages(f"{hub.slack_app} did not answer a command: {answer}.")


def _event(hub: Hub, team: Team) -> None:
    hub.send(team, spoken("hush") | {"event_ts": f"{next(_numbers)}.0"})
