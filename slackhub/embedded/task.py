"""One process under supervision: started, watched, restarted, stopped, a step at a time.

waiting -> starting -> ready -> waiting (crashed) ...; any -> stopping -> ended; starting -> failed.
"""

import os
import signal
from collections import deque
from enum import Enum

from slackhub.embedded.children import Child
from slackhub.embedded.log import Log
from slackhub.embedded.process import Process, backoff


class Phase(Enum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    ENDED = "ended"
    FAILED = "failed"


class Task:
    """The state of one Process. Every method returns at once; `now` is a monotonic time."""

    def __init__(self, process: Process, log: Log) -> None:
        self.process = process
        self.phase = Phase.WAITING
        self.child: Child | None = None
        self.last_lines: deque[str] = deque(maxlen=20)
        self._log = log
        self._partial = b""
        self._seen = False
        self._start_at = 0.0
        self._kill_at = 0.0
        self._failed_starts = 0

    @property
    def is_ready(self) -> bool:
        """Whether it does its work, or has done it."""
        return self.phase is Phase.READY or (self.process.once and self.phase is Phase.ENDED)

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.ENDED, Phase.FAILED)

    def step(self, now: float) -> None:
        """Takes up what has happened to the process since the last step."""
        if self.phase is Phase.WAITING and now >= self._start_at:
            try:
                self._launch()
            except OSError as error:
                self.last_lines.append(str(error))
                self.phase = Phase.FAILED
        elif self.child is not None:
            self._read()
            code = self.child.poll()
            if code is not None:
                self._exited(code, now)
            elif self.phase is Phase.STARTING and self._shows_ready():
                self.phase = Phase.READY
                self._failed_starts = 0
            elif self.phase is Phase.STOPPING and now >= self._kill_at:
                self.child.kill_group()

    def stop(self, now: float) -> None:
        """Asks the process to end; SIGKILL follows after its grace."""
        if self.phase is Phase.WAITING:
            self.phase = Phase.ENDED
        elif self.child is not None and self.phase is not Phase.STOPPING:
            self.phase = Phase.STOPPING
            self._kill_at = now + self.process.grace
            self.child.signal(self.process.stop_signal)

    def kill(self) -> None:
        """Ends it now, without grace."""
        self._kill_at = 0.0
        if self.child is not None:
            self.child.kill_group()

    def _launch(self) -> None:
        self._partial, self._seen = b"", False
        if self.process.prepare is not None:
            self.process.prepare()
        self.child = Child(
            self.process.command,
            env=os.environ if self.process.env is None else self.process.env,
            orphan_signal=self.process.orphan_signal,
            account=self.process.account,
            keep_fds=self.process.keep_fds,
        )
        self.phase = Phase.STARTING

    def _shows_ready(self) -> bool:
        if self.process.once:
            return False
        check = self.process.ready
        if check is None or isinstance(check, str):
            return check is None or self._seen
        return check()

    def _read(self) -> None:
        assert self.child is not None
        while (chunk := self.child.read()) is not None:
            *lines, self._partial = (self._partial + chunk).split(b"\n")
            for line in lines:
                self._print(line)

    def _print(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self.last_lines.append(text)
        self._log.line(self.process.name, text)
        if isinstance(self.process.ready, str) and self.process.ready in text:
            self._seen = True

    def _exited(self, code: int, now: float) -> None:
        assert self.child is not None
        self.child.kill_group()
        self._read()
        if self._partial:
            self._print(self._partial)
        self.child.close()
        self.child = None
        if self.phase is Phase.STOPPING or (self.process.once and code == 0):
            self.phase = Phase.ENDED
            return
        if self.phase is Phase.STARTING:
            self._failed_starts += 1
        delay = None if self.process.once else backoff(self._failed_starts)
        if delay is None:
            self.phase = Phase.FAILED
            return
        self._log.say(f"{self.process.name} {_how(code)}; it starts again in {delay:g} s")
        self.phase, self._start_at = Phase.WAITING, now + delay


def _how(code: int) -> str:
    if code >= 0:
        return f"exited with {code}"
    return f"was ended by {signal.Signals(-code).name}"
