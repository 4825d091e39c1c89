"""`python -m bench`: the figures of docs/reference/benchmarks.md, measured here and now.

A table for people, then one JSON line per figure. Takes about a minute, keeps everything in
var/bench, and leaves nothing running.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import django

from bench.figures import Figure, LostMessages
from sandbox.testing import RunningSandbox, running_sandbox
from slackhub import processes
from slackhub.embedded.addresses import Urls
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.interrupt import interrupted_once
from slackhub.embedded.log import Log
from slackhub.embedded.servers import embedded_servers
from slackhub.embedded.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"


def main() -> int:
    """Exit code: 0 when every figure could be measured, whether or not it holds."""
    if not sys.platform.startswith("linux"):
        print("The CPU time of processes is read from /proc, which only Linux has.")
        return 2
    apart, others = _cores()
    os.sched_setaffinity(0, others)
    try:
        with (
            interrupted_once(),
            embedded_servers(FOLDER, environ={}, fresh=True) as urls,
            running_sandbox(folder=FOLDER / "sandbox") as slack,
            (FOLDER / "processes.log").open("w") as output,
        ):
            os.sched_setaffinity(slack.process.pid, apart)
            _settle_in(urls, slack)
            told, figures = _measure(slack, urls, Log(output))
    except KeyboardInterrupt:
        return 130
    except (EmbeddedError, LostMessages) as error:
        print(error, file=sys.stderr)
        return 1
    print(told)
    for figure in figures:
        print(figure.line())
    return 0


def _cores() -> tuple[set[int], set[int]]:
    """One for the sandbox, the rest for what is measured."""
    cores = os.sched_getaffinity(0)
    apart = {min(cores)}
    return apart, cores - apart or cores


def _settle_in(urls: Urls, slack: RunningSandbox) -> None:
    """Our environment and that of every process: this bench's own, whatever the shell's is."""
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL"):
        os.environ.pop(f"{name}_FILE", None)
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "slackhub.settings",
        "VAR_DIR": str(FOLDER),
        "DATABASE_URL": urls.database_url,
        "REDIS_URL": urls.redis_url,
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "SLACK_URL": slack.url,
        "SENDER_SLOTS": "1",
    }


def _measure(slack: RunningSandbox, urls: Urls, log: Log) -> tuple[str, list[Figure]]:
    with Supervisor(log) as hub:
        hub.start(processes.manage("migrate", "migrate", "--no-input", env=os.environ))
        hub.wait_ready("migrate")
    django.setup()
    # Models can be imported only now.
    stage = import_module("bench.stage").Stage(slack, FOLDER, urls.redis_url)
    stage.fill()
    result: tuple[str, list[Figure]] = import_module("bench.cost").measure(stage, log)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
