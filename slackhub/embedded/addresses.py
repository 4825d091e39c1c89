"""Where the embedded servers of a folder listen, computed without starting anything.

Django's settings import this module in every process, so it stays light.
"""

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

DATABASE = "slackhub"
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"

# sun_path ends with a zero byte and holds 104 bytes on macOS, 108 on Linux.
_LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True)
class Urls:
    """The two addresses that Django and Celery need, as `DATABASE_URL` and `REDIS_URL`."""

    database_url: str
    redis_url: str


def socket_folder(folder: Path) -> Path:
    """The folder of both sockets: inside `folder`, or a short one in /tmp when that is too long."""
    near = folder.absolute() / "sockets"
    if len(os.fsencode(near / POSTGRES_SOCKET)) <= _LONGEST_SOCKET_PATH:
        return near
    digest = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    return Path("/tmp") / f"slackhub-{os.geteuid()}-{digest}"


def default_urls(folder: Path) -> Urls:
    """The addresses of the servers that `embedded_servers(folder)` starts."""
    sockets = socket_folder(folder)
    return Urls(
        database_url=f"postgresql:///{DATABASE}?host={quote(str(sockets))}&user={DATABASE}",
        redis_url=f"unix://{quote(str(sockets / VALKEY_SOCKET))}?db=0",
    )


def silent_servers(urls: Urls) -> str | None:
    """One sentence naming the embedded servers that do not answer; None when all do.

    Addresses that do not name a Unix socket are not ours and are not tried.
    """
    silent = [
        f"{name} ({path.parent})"
        for name, path in (
            ("PostgreSQL", _postgres_socket(urls.database_url)),
            ("Valkey", _valkey_socket(urls.redis_url)),
        )
        if path is not None and not answers(path)
    ]
    if not silent:
        return None
    return (
        f"Nothing answers for {' and '.join(silent)}: start it with `make run` or `make demo`, "
        "or set DATABASE_URL and REDIS_URL."
    )


def answers(path: Path) -> bool:
    """Whether a server accepts connections on this Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(os.fspath(path))
        except OSError:
            return False
    return True


def _postgres_socket(address: str) -> Path | None:
    parts = urlsplit(address)
    host = parse_qs(parts.query).get("host", [""])[-1]
    return Path(host) / POSTGRES_SOCKET if not parts.netloc and host.startswith("/") else None


def _valkey_socket(address: str) -> Path | None:
    parts = urlsplit(address)
    return Path(unquote(parts.path)) if parts.scheme == "unix" else None
