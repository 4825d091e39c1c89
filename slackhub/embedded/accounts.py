"""As whom PostgreSQL runs: it refuses root."""

import os
import pwd
import subprocess
import sys
from enum import Enum
from pathlib import Path

from slackhub.embedded.errors import EmbeddedError

_LIFELINE = Path(__file__).with_name("lifeline.py")


class Account(Enum):
    """The names that lifeline.py understands."""

    SAME = "same"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


class AccountError(EmbeddedError):
    """PostgreSQL cannot run as root here: use an ordinary user, or set DATABASE_URL."""


def choose_account() -> Account:
    """Ourselves; as root a user namespace, or `nobody` where namespaces are barred."""
    if os.geteuid() != 0:
        return Account.SAME
    if sys.platform != "linux":
        return Account.NOBODY
    probe = [str(os.getpid()), "9", "-1", Account.NAMESPACE.value, "/bin/true"]
    done = subprocess.run([sys.executable, "-I", "-S", str(_LIFELINE), *probe], capture_output=True)
    return Account.NAMESPACE if done.returncode == 0 else Account.NOBODY


def own_user_ids() -> set[int]:
    """Whose files may be ours: root may find some given to `nobody` by an earlier start."""
    return {os.geteuid()} if os.geteuid() else {0, pwd.getpwnam("nobody").pw_uid}


def hand_over(folder: Path, account: Account) -> None:
    """Gives an existing folder and all in it to the account, whoever owned it before.

    Raises:
        AccountError: `nobody` may not enter one of the folders above it.
    """
    if os.geteuid() != 0:
        return
    uid, gid = 0, 0
    if account is Account.NOBODY:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
        require_reachable(folder)
    if folder.stat().st_uid == uid:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def require_reachable(path: Path) -> None:
    """Raises AccountError when a folder above `path` is closed to other users."""
    for parent in path.resolve().parents:
        if not parent.stat().st_mode & 0o001:
            raise AccountError(
                f"PostgreSQL refuses to run as root, user namespaces are barred here, and the user "
                f"nobody may not enter {parent}: move the project, run it as an ordinary user, "
                f"or set DATABASE_URL."
            )
