"""PostgreSQL and Valkey for one folder, as long as a with-block lasts."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from slackhub.embedded.accounts import choose_account
from slackhub.embedded.addresses import Urls, default_urls, socket_folder
from slackhub.embedded.lock import LOCK_FILE, folder_lock
from slackhub.embedded.log import Log
from slackhub.embedded.postgres import postgres_process
from slackhub.embedded.process import Process
from slackhub.embedded.supervisor import Supervisor
from slackhub.embedded.valkey import valkey_process


@contextlib.contextmanager
def embedded_servers(
    folder: Path, *, environ: Mapping[str, str] = os.environ, fresh: bool = False
) -> Iterator[Urls]:
    """Starts both servers, waits until they answer, stops them at the end.

    A server whose address `environ` gives (DATABASE_URL, REDIS_URL) is not started. A crashed one
    is started again. Their output goes to `servers.log` in the folder.

    fresh: empties the folder first, once it is certain that nobody else uses it.

    Raises:
        FolderInUse: another process has its servers there.
        PostgresError, ValkeyError, AccountError, SupervisorError: with a sentence for the user.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    urls = default_urls(folder)
    with folder_lock(folder) as lock:
        if fresh:
            _empty(folder)
        processes = _wanted(folder, environ, lock)
        with (folder / "servers.log").open("w") as output, Supervisor(Log(output)) as supervisor:
            supervisor.start(*processes)
            for process in processes:
                supervisor.wait_ready(process.name, timeout=60)
            yield Urls(
                database_url=environ.get("DATABASE_URL") or urls.database_url,
                redis_url=environ.get("REDIS_URL") or urls.redis_url,
            )


def _wanted(folder: Path, environ: Mapping[str, str], lock: int) -> list[Process]:
    given = environ.get("DATABASE_URL"), environ.get("REDIS_URL")
    if all(given):
        return []
    sockets = _private(socket_folder(folder))
    processes = []
    if not given[0]:
        processes.append(postgres_process(folder, sockets, choose_account(), lock=lock))
    if not given[1]:
        processes.append(valkey_process(folder, sockets, lock=lock))
    return processes


def _private(sockets: Path) -> Path:
    """Whoever reaches a socket is let in, so nobody else may enter its folder."""
    sockets.mkdir(mode=0o700, exist_ok=True)
    found = sockets.lstat()
    # Root may find it given to `nobody` by an earlier start.
    owned = found.st_uid == os.geteuid() or os.geteuid() == 0
    if not stat.S_ISDIR(found.st_mode) or not owned:
        raise PermissionError(f"{sockets} belongs to somebody else: remove it first.")
    sockets.chmod(0o700)
    return sockets


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == LOCK_FILE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
