"""`python -m bench.alone SUBJECT`: one subject on a fresh hub's servers and a fresh local Slack.

Writes {"told": a table, "lines": [a figure's JSON line]} to stdout; exit code 1 and the reason on
stderr if it could not be measured. What it printed besides goes to stderr.
"""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from bench.figures import Figure
from sandbox.testing import RunningSandbox, running_sandbox
from slackhub import processes
from slackhub.embedded.addresses import Urls
from slackhub.embedded.interrupt import interrupted_once
from slackhub.embedded.log import Log
from slackhub.embedded.servers import embedded_servers
from slackhub.embedded.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"


def main() -> int:
    (subject,) = sys.argv[1:]
    try:
        with contextlib.redirect_stdout(sys.stderr), interrupted_once(), _stage(subject) as stage:
            told, figures = _measure(subject, stage)
    except KeyboardInterrupt:
        return 130
    except Exception:
        # Whatever it is, the other subjects are still measured.
        traceback.print_exc()
        return 1
    print(json.dumps({"told": told, "lines": [figure.line() for figure in figures]}))
    return 0


def _measure(subject: str, stage: Any) -> tuple[str, list[Figure]]:
    result: tuple[str, list[Figure]] = import_module(f"bench.{subject}").measure(stage)
    return result


@contextlib.contextmanager
def _stage(subject: str) -> Iterator[Any]:
    """A bench.stage.Stage with empty tables and no team."""
    apart, others = _cores()
    os.sched_setaffinity(0, others)
    with (
        embedded_servers(FOLDER, environ={}, fresh=True) as urls,
        running_sandbox(folder=FOLDER / "sandbox", tls=True) as slack,
        (FOLDER / f"{subject}.log").open("w") as output,
    ):
        os.sched_setaffinity(slack.process.pid, apart)
        _settle_in(urls, slack)
        log = Log(output)
        with Supervisor(log) as hub:
            hub.start(processes.manage("migrate", "migrate", "--no-input", env=os.environ))
            hub.wait_ready("migrate")
        django.setup()
        # Models can be imported only now.
        yield import_module("bench.stage").Stage(slack, FOLDER, urls.redis_url, log)


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


if __name__ == "__main__":
    raise SystemExit(main())
