"""PostgreSQL and Valkey for one folder, as long as a with-block lasts."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from slackhub.embedded.accounts import choose_account, own_user_ids
from slackhub.embedded.addresses import Urls, default_urls, socket_folder
from slackhub.embedded.lock import LOCK_FILE, folder_lock
from slackhub.embedded.log import Log
from slackhub.embedded.postgres import postgres_process
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
        EmbeddedError: a server cannot be set up or started; says why.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    urls = default_urls(folder)
    database_url, redis_url = _given(environ, "DATABASE_URL"), _given(environ, "REDIS_URL")
    with folder_lock(folder) as lock, contextlib.ExitStack() as stack:
        if fresh:
            _empty(folder)
        sockets = private_folder(socket_folder(folder))
        stack.callback(shutil.rmtree, sockets, ignore_errors=True)
        processes = []
        if not database_url:
            processes.append(postgres_process(folder, sockets, choose_account(), lock=lock))
        if not redis_url:
            processes.append(valkey_process(folder, sockets, lock=lock))
        output = stack.enter_context((folder / "servers.log").open("w"))
        supervisor = stack.enter_context(Supervisor(Log(output)))
        supervisor.start(*processes)
        for process in processes:
            supervisor.wait_ready(process.name, timeout=60)
        yield Urls(
            database_url=database_url or urls.database_url,
            redis_url=redis_url or urls.redis_url,
        )


def _given(environ: Mapping[str, str], name: str) -> str:
    """The variable, or the content of the file that NAME_FILE names, as the settings read it."""
    path = environ.get(f"{name}_FILE", "")
    return Path(path).read_text().strip() if path else environ.get(name, "")


def private_folder(sockets: Path) -> Path:
    """Whoever reaches a socket is let in, so nobody else may enter its folder."""
    sockets.mkdir(mode=0o700, exist_ok=True)
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in own_user_ids():
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
