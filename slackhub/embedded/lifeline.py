"""Runs one command so that it ends with its parent, even when the parent is killed with -9.

Executed by path as `python -I -S lifeline.py PARENT SIGNAL PIPE ACCOUNT COMMAND...`, so nothing of
the project is imported. PARENT is the parent's process id, SIGNAL the number of the signal that
the command gets when the parent dies, PIPE a descriptor whose other end only the parent holds
(-1: none), ACCOUNT one of `same`, `namespace` and `nobody`.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def main() -> int:
    parent, number, pipe = (int(text) for text in sys.argv[1:4])
    account, command = sys.argv[4], sys.argv[5:]
    try:
        become(account)
    except OSError as error:
        print(f"cannot leave root by {account}: {error}", file=sys.stderr)
        return 71
    if pipe >= 0:
        return guard(command, pipe=pipe, number=number)
    die_with_parent(parent, number)
    try:
        os.execv(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error}", file=sys.stderr)
        return 127


def become(account: str) -> None:
    """PostgreSQL refuses to run as root.

    In a user namespace root looks like an ordinary user to the command, while files stay root's
    and every folder that root may enter stays reachable; no account and no chmod is needed.
    """
    if account == "same":
        return
    nobody = pwd.getpwnam("nobody")
    if account == "nobody":
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        return
    os.unshare(os.CLONE_NEWUSER)
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{nobody.pw_uid} 0 1"),
        ("gid_map", f"{nobody.pw_gid} 0 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)


def die_with_parent(parent: int, number: int) -> None:
    """Linux delivers the signal itself; the parent may have died just before we asked for it."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        raise SystemExit(0)


def guard(command: list[str], *, pipe: int, number: int) -> int:
    """Elsewhere we stay beside the command and watch the pipe that closes when the parent dies."""
    child = subprocess.Popen(command, close_fds=False)
    for forwarded in FORWARDED:
        signal.signal(forwarded, lambda received, _frame: child.send_signal(received))

    def watch() -> None:
        with contextlib.suppress(OSError):
            os.read(pipe, 1)
        child.send_signal(number)

    # The thread inherits the mask: a signal that the kernel gave to it would not wake the wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    threading.Thread(target=watch, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    raise SystemExit(main())
