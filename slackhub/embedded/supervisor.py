"""Runs named processes beside each other, restarts crashed ones, ends all of them in order."""

import selectors
import threading
import time
from types import TracebackType
from typing import NoReturn, Self

from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.log import Log
from slackhub.embedded.process import Process
from slackhub.embedded.task import Phase, Task

_TICK = 0.05


class SupervisorError(EmbeddedError):
    """A process could not be brought up."""


class Supervisor:
    """A context manager; leaving it stops every process, stage by stage.

        with Supervisor(Log(sys.stdout)) as supervisor:
            supervisor.start(Process(name="web", command=[...], ready=...))
            supervisor.wait_ready("web", timeout=30)
            supervisor.wait()

    hurry: when set, what is still running at the end is killed at once.
    """

    def __init__(self, log: Log, hurry: threading.Event | None = None) -> None:
        self.log = log
        self._hurry = hurry or threading.Event()
        self._tasks: dict[str, Task] = {}
        self._changed = threading.Condition()
        self._stopping = False
        # All children are started by this one thread: Linux ties their lives to the thread that
        # made them, not to the process.
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *processes: Process) -> None:
        """Adds processes; they start at once and beside each other."""
        with self._changed:
            for process in processes:
                known = self._tasks.get(process.name)
                if known is not None and not known.is_over:
                    raise ValueError(f"{process.name} runs already")
                self._tasks[process.name] = Task(process, self.log)

    def wait_ready(self, name: str, timeout: float = 60.0) -> None:
        """Blocks until the process is ready, or has done its work if it runs once.

        Raises:
            SupervisorError: any process gave up, or the time (seconds) is over.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._tasks[name].is_ready:
                self._raise_failure()
                if time.monotonic() >= deadline:
                    raise SupervisorError(
                        self._sentence(f"{name} was not ready within {timeout:g} s", name)
                    )
                self._changed.wait(_TICK * 2)

    def wait(self) -> NoReturn:
        """Blocks until a process gives up.

        Raises:
            SupervisorError: always, with that process's last lines.
        """
        with self._changed:
            while True:
                self._raise_failure()
                self._changed.wait(1.0)

    def raise_failure(self) -> None:
        """Raises SupervisorError if a process has given up; else returns at once."""
        with self._changed:
            self._raise_failure()

    def pid(self, name: str) -> int | None:
        """The process id of a running process."""
        child = self._tasks[name].child
        return child.pid if child is not None else None

    def stop(self) -> None:
        """Ends all processes; returns when nothing of them is left."""
        self._stopping = True
        while self._thread.is_alive():
            self._thread.join(1.0)

    def _raise_failure(self) -> None:
        for name, task in self._tasks.items():
            if task.phase is Phase.FAILED:
                raise SupervisorError(self._sentence(f"{name} could not be started", name))
        if not self._thread.is_alive():
            raise SupervisorError("the supervisor has ended")

    def _sentence(self, text: str, name: str) -> str:
        lines = "\n".join(f"    {line}" for line in self._tasks[name].last_lines)
        return f"{text}. Its last lines:\n{lines}" if lines else f"{text}."

    def _run(self) -> None:
        try:
            while not (self._stopping and all(task.is_over for task in self._tasks.values())):
                self._wait_for_output()
                self._step(time.monotonic())
        finally:
            for task in self._tasks.values():
                task.kill()

    def _wait_for_output(self) -> None:
        with selectors.DefaultSelector() as selector:
            for task in self._tasks.copy().values():
                if task.child is not None:
                    selector.register(task.child.output, selectors.EVENT_READ)
            selector.select(_TICK)

    def _step(self, now: float) -> None:
        with self._changed:
            tasks = [task for task in self._tasks.values() if not task.is_over]
            hurries = self._stopping and self._hurry.is_set()
            if self._stopping and tasks:
                stage = min(task.process.stage for task in tasks)
                for task in tasks:
                    if hurries or task.process.stage == stage:
                        task.stop(now)
            for task in tasks:
                if hurries:
                    task.kill()
                task.step(now)
            self._changed.notify_all()
