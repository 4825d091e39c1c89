"""From a name in a Bot row to the Script in that file; what fails stays with that name."""

import importlib
import importlib.util
import logging
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from types import ModuleType

from django.conf import settings

from bots.intake import reason_of
from bots.scripts.deadline import begun
from bots.scripts.script import Script

logger = logging.getLogger(__name__)

# Files live under a name of their own, so that calendar.py is no module of Python's.
_PREFIX = "slackhub_bot_file_"
# A request may wait for it.
LONGEST_SECONDS = 10.0
AGAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Loaded:
    """A module's script, or why there is none; `version` changes with the file."""

    name: str
    version: int
    script: Script | None = None
    trouble: str = ""
    at: float = field(default_factory=time.monotonic)

    @property
    def is_stale(self) -> bool:
        """Whether to try again: nobody sees when an installed module has been put right."""
        is_due = time.monotonic() - self.at >= AGAIN_SECONDS
        return "." in self.name and self.trouble != "" and is_due


_known: dict[str, Loaded] = {}
# Of files that took too long: they may end all the same.
_late: dict[str, Future[Loaded]] = {}
_locks: dict[str, Lock] = {}


def load(name: str) -> Loaded:
    """The script of a file in BOTS_DIR, or of an installed module where the name has a dot.

    A file that has been changed is read again, in each process when it is next needed.
    """
    place = str(_path(name))
    with _locks.setdefault(place, Lock()):
        late, version = _late.get(place), _version(name)
        if late and late.done():
            _known[place] = _late.pop(place).result()
        known = _known.get(place)
        if known is None or known.version != version or (not late and known.is_stale):
            known = _known[place] = _load(name, version)
        return known


def files() -> list[str]:
    """The names of the bot files that there are."""
    return sorted(path.stem for path in Path(settings.BOTS_DIR).glob("[!_]*.py"))


def _path(name: str) -> Path:
    return Path(settings.BOTS_DIR) / f"{name}.py"


def _version(name: str) -> int:
    if "." in name:
        return 0
    try:
        return _path(name).stat().st_mtime_ns
    except OSError:
        return 0


def _load(name: str, version: int) -> Loaded:
    future = begun(partial(_load_now, name, version))
    if wait([future], LONGEST_SECONDS).done:
        return future.result()
    _late[str(_path(name))] = future
    logger.error("The bot file %s does not end", name)
    trouble = f"{name}: TimeoutError: It has not been read within {LONGEST_SECONDS:g} s."
    return Loaded(name, version, trouble=trouble)


def _load_now(name: str, version: int) -> Loaded:
    """In a thread of its own, which no Ctrl-C reaches."""
    try:
        module = importlib.import_module(name) if "." in name else _run_file(name)
        script = _script_of(module)
    # A foreign file may raise anything, and even exit: that is its own affair.
    except BaseException as error:
        logger.exception("The bot file %s cannot be loaded", name)
        return Loaded(name, version, trouble=_sentence(name, error))
    return Loaded(name, version, script)


def _run_file(name: str) -> ModuleType:
    path = _path(name)
    if not path.is_file():
        raise ImportError(f"There is no file {path.name} in {path.parent}.")
    spec = importlib.util.spec_from_file_location(f"{_PREFIX}{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Compiled here: a cached .pyc may be of the second before.
    code = compile(path.read_bytes(), path, "exec")
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)
    return module


def _script_of(module: ModuleType) -> Script:
    scripts = [each for each in vars(module).values() if isinstance(each, Script)]
    if not scripts:
        raise ImportError("It makes no Script: write bot = Script() in it.")
    scripts[0].describe(module.__doc__ or "")
    return scripts[0]


def _sentence(name: str, error: BaseException) -> str:
    line = next((str(number) for number in _lines(name, error)), "")
    where = f", line {line}" if line else ""
    return f"{name}{where}: {reason_of(error)}"


def _lines(name: str, error: BaseException) -> Iterator[int]:
    """Where in the file it went wrong, the innermost place first."""
    if isinstance(error, SyntaxError) and error.lineno:
        yield error.lineno
    places, trace = [], error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(_path(name)):
            places.append(trace.tb_lineno)
        trace = trace.tb_next
    yield from reversed(places)
