"""One hub to a folder: the lock that it and its servers hold together."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from slackhub.embedded.errors import EmbeddedError

LOCK_FILE = "lock"
# A killed hub's PostgreSQL still writes its last checkpoint while the next hub starts.
_PATIENCE_WITH_THE_DYING = 20.0
_PATIENCE_WITH_THE_LIVING = 1.0


class FolderInUse(EmbeddedError):
    """Another process runs its servers in this folder."""


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[int]:
    """Holds the folder for this process; hands out the descriptor.

    Children that inherit the descriptor keep the lock until they too have ended, so that two
    PostgreSQL servers never meet on one data folder.

    Raises:
        FolderInUse: somebody else holds it.
    """
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path) -> None:
    begun = time.monotonic()
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        holder = os.pread(descriptor, 20, 0).decode()
        living = holder.isdecimal() and _lives(int(holder))
        patience = _PATIENCE_WITH_THE_LIVING if living else _PATIENCE_WITH_THE_DYING
        if time.monotonic() - begun > patience:
            raise FolderInUse(f"{folder} is in use by process {holder}: stop that one first.")
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
