"""The processes of a hub, as the supervisor starts them."""

import sys
from collections.abc import Mapping
from pathlib import Path

from slackhub.embedded.ports import page_answers, port_answers
from slackhub.embedded.process import Process

Env = Mapping[str, str]

_PYTHON = (sys.executable, "-u")
_MANAGE = str(Path(__file__).parent.parent / "manage.py")
# Celery warns of root on every start; as root we only get here in a container or a trial.
_CELERY = (
    *_PYTHON,
    *("-W", "ignore:You're running the worker with superuser"),
    *("-m", "celery", "--quiet", "-A", "slackhub.celery"),
)
_QUIET = ("--without-mingle", "--without-gossip", "--loglevel", "INFO")


def manage(name: str, *arguments: str, env: Env) -> Process:
    """`manage.py` with these arguments, run to its end."""
    return Process(
        name=name,
        command=[*_PYTHON, _MANAGE, *arguments],
        env=env,
        once=True,
    )


def web(port: int, *, env: Env) -> Process:
    return Process(
        name="web",
        command=[
            *(*_PYTHON, "-m", "gunicorn", "slackhub.wsgi:application"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "16"),
            *("--no-control-socket", "--log-level", "warning"),
        ],
        env=env,
        ready=lambda: port_answers(port) and page_answers(port, "/healthz"),
    )


def worker(*, env: Env) -> Process:
    """Runs every task but the senders."""
    return Process(
        name="worker",
        command=[*_CELERY, "worker", "-Q", "celery", "-P", "threads", "-c", "8", *_QUIET],
        env=env,
        ready=" ready.",
    )


def sender(number: int, *, env: Env) -> Process:
    """Runs one sender, which holds its only slot as long as it lives."""
    return Process(
        name=f"sender{number}",
        command=[
            *(*_CELERY, "worker", "-Q", "senders", "-P", "threads", "-c", "1"),
            *("-n", f"sender{number}@%h", *_QUIET),
        ],
        env=env,
        ready=" ready.",
        # It awaits the answers under way: killed before, it would leave each of them unknown.
        grace=70.0,
    )


def bots(*, env: Env) -> Process:
    """Listens to Slack for the apps in Socket Mode."""
    return Process(
        name="bots",
        command=[*_PYTHON, _MANAGE, "run_bots"],
        env=env,
        ready="run_bots has begun.",
    )


def beat(*, env: Env) -> Process:
    return Process(
        name="beat",
        command=[*_CELERY, "beat", "--loglevel", "INFO"],
        env=env,
        ready="beat: Starting",
    )


def sandbox(port: int, *, data: Path, env: Env) -> Process:
    """The local Slack, with the demo's workspaces; it outlives the processes that talk to it."""
    port_file = data / "port"
    return Process(
        name="sandbox",
        command=[
            *(*_PYTHON, "-m", "sandbox", "--port", str(port), "--data", str(data)),
            *("--seed", "demo", "--port-file", str(port_file)),
        ],
        env=env,
        ready=port_file.exists,
        prepare=lambda: port_file.unlink(missing_ok=True),
        stage=1,
    )
