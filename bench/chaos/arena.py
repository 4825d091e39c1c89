"""The hub under test: its servers, its processes and the local Slack, all of this test's own."""

import dataclasses
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from sandbox.testing import RunningSandbox, running_sandbox
from slackhub import processes
from slackhub.embedded.interrupt import interrupted_once
from slackhub.embedded.log import Log
from slackhub.embedded.process import Process
from slackhub.embedded.servers import embedded_servers
from slackhub.embedded.supervisor import Supervisor, SupervisorError

# An event that Slack sends again comes after 15 and 75 seconds, not after one and five minutes.
RETRY_SCALE = 0.25
_OURS = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "LOG_LEVEL")


@dataclasses.dataclass(frozen=True)
class Arena:
    """`folder` holds everything that is written."""

    folder: Path
    senders: tuple[str, ...]
    hub: Supervisor
    slack: RunningSandbox
    database_url: str
    redis_url: str
    public_url: str

    def pid(self, name: str) -> int | None:
        """The process id; None while it starts, so that nobody kills what is not up yet."""
        try:
            self.hub.wait_ready(name, timeout=0)
        except SupervisorError:
            self.hub.raise_failure()
            return None
        return self.hub.pid(name)

    @property
    def postmaster(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Raises psycopg.OperationalError while the database is away."""
        return psycopg.connect(self.database_url, autocommit=True, connect_timeout=2)


@contextmanager
def running_arena(
    folder: Path, *, lanes: int, senders: int, slots: int, broken: str
) -> Iterator[Arena]:
    """Everything but the worker processes, which begin with `start_hub`.

    lanes: what all slots together can carry, so that each has its share.
    slots: as many as senders; more where they die often, since each holds its slot for a while.
    broken: the rule that the senders break (breaks.py), or empty.
    """
    with (
        interrupted_once() as hurry,
        embedded_servers(folder, environ={}, fresh=True) as urls,
        running_sandbox(folder=folder / "sandbox", scale=RETRY_SCALE) as slack,
        (folder / "processes.log").open("w") as output,
        Supervisor(Log(output), hurry) as hub,
    ):
        public_url = f"http://127.0.0.1:{_free_port()}"
        names = tuple(f"sender{number}" for number in range(1, senders + 1))
        arena = Arena(folder, names, hub, slack, urls.database_url, urls.redis_url, public_url)
        _settle_in(arena, -(-lanes // slots), slots, broken)
        hub.start(processes.manage("migrate", "migrate", "--no-input", env=os.environ))
        hub.wait_ready("migrate")
        yield arena


def start_hub(arena: Arena, broken: str) -> None:
    """Web, worker, senders and Beat; returns when all of them are up."""
    port = int(arena.public_url.rpartition(":")[2])
    senders = [_sender(number, broken) for number in range(1, len(arena.senders) + 1)]
    started = [
        processes.web(port, env=os.environ),
        processes.worker(env=os.environ),
        *senders,
        processes.beat(env=os.environ),
    ]
    arena.hub.start(*started)
    for process in started:
        arena.hub.wait_ready(process.name)


def _free_port() -> int:
    """Any: another test may run beside this one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settle_in(arena: Arena, lanes_per_slot: int, slots: int, broken: str) -> None:
    """Our environment and that of every process: this test's own, whatever the shell's is."""
    for name in _OURS:
        os.environ.pop(f"{name}_FILE", None)
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "slackhub.settings",
        "VAR_DIR": str(arena.folder),
        "DATABASE_URL": arena.database_url,
        "REDIS_URL": arena.redis_url,
        "PUBLIC_URL": arena.public_url,
        "SLACK_URL": arena.slack.url,
        "SENDER_SLOTS": str(slots),
        "LANES_PER_SENDER": str(lanes_per_slot),
        "BREAK": broken,
        # A proxy of this machine knows nothing of its loopback.
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def _sender(number: int, broken: str) -> Process:
    process = processes.sender(number, env=os.environ)
    if not broken:
        return process
    command = [
        "bench.chaos.broken_sender" if part == "slackhub.celery" else part
        for part in process.command
    ]
    return dataclasses.replace(process, command=command)
