"""One log of many processes: a prefix of fixed width, coloured on a terminal."""

import contextlib
import os
import threading
from typing import TextIO

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
OWN_NAME = "slackhub"


class Log:
    """Writes lines of named processes to a stream. Safe from several threads."""

    def __init__(self, stream: TextIO, *, width: int = 10) -> None:
        self._stream = stream
        self._width = width
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._names: list[str] = []
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """A line of the supervisor's own."""
        self.line(OWN_NAME, text)

    def line(self, name: str, text: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            # A closed terminal or pipe must not stop the processes' orderly end.
            self._stream.write(f"{self._prefix(name)} {text}\n")
            self._stream.flush()

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<{self._width}}|"
        if not self._coloured:
            return prefix
        if name not in self._names:
            self._names.append(name)
        colour = 1 if name == OWN_NAME else _COLOURS[self._names.index(name) % len(_COLOURS)]
        return f"\033[{colour}m{prefix}\033[0m"
