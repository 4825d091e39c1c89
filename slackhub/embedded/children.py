"""One child process: its own session, its output in a pipe, its life tied to ours."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from slackhub.embedded.accounts import Account

_LIFELINE = Path(__file__).with_name("lifeline.py")


class Child:
    """A started command. Its output (both streams) is read without blocking by `read`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        orphan_signal: signal.Signals,
        account: Account = Account.SAME,
        keep_fds: Sequence[int] = (),
    ) -> None:
        watched, self._pipe = _lifeline_pipe()
        try:
            self._popen = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(_LIFELINE), str(os.getpid())),
                    *(str(orphan_signal.value), str(watched), account.value, *command),
                ],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Ctrl-C must reach the supervisor alone, which ends the children in order.
                start_new_session=True,
                pass_fds=[*keep_fds, *([watched] if watched >= 0 else [])],
            )
        finally:
            if watched >= 0:
                os.close(watched)
        assert self._popen.stdout is not None
        self.output = self._popen.stdout.fileno()
        self.pid = self._popen.pid
        os.set_blocking(self.output, False)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._popen.poll()

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def kill_group(self) -> None:
        """Ends whatever is left of the command and its own children at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def read(self) -> bytes | None:
        """What it has printed since; None when there is nothing more to read now or ever."""
        try:
            return os.read(self.output, 65536) or None
        except BlockingIOError:
            return None

    def close(self) -> None:
        """Frees the pipes of a command that has exited."""
        assert self._popen.stdout is not None
        self._popen.stdout.close()
        if self._pipe >= 0:
            os.close(self._pipe)


def _lifeline_pipe() -> tuple[int, int]:
    """Linux tells a child of its parent's death; elsewhere an open pipe has to."""
    return (-1, -1) if sys.platform == "linux" else os.pipe()
