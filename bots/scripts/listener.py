"""A function of a bot file, what it listens for, and for whom."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, IntEnum
from typing import Any

from slack_bolt import App

from bots.scripts.hearing import Hears
from bots.scripts.permission import Permission
from bots.scripts.rules import Rule

type Function = Callable[..., Any]
type Matcher = Callable[..., bool]

# Nobody waits for longer; the database knows no time that is much further away.
LONGEST_SPAN = timedelta(days=3650)


class Quit(RuntimeError):
    """A listener wanted to end the process: sys.exit() and the like."""


def checked(function: Function) -> Function:
    """The same; what cannot be called with arguments by name must fail when its file is loaded.

    Raises:
        TypeError: it is no plain function.
    """
    inspect.getfullargspec(function)
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"A listener is a plain function, not an async one: {function}.")
    return function


def run(function: Function, values: Mapping[str, Any]) -> Any:
    """What the function returns; it is foreign, and must not take the process with it.

    Raises:
        Exception: the function's own, or Quit.
    """
    try:
        return function(**values)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise Quit(f"{type(error).__name__}: {error}") from error


def asked_of(function: Function) -> list[str]:
    """The names of its arguments."""
    return inspect.getfullargspec(function).args


class Turn(Enum):
    """What a listener may return, to say who comes after it."""

    STOP = "nobody"
    GO_ON = "the next that fits"


STOP, GO_ON = Turn.STOP, Turn.GO_ON


class Rank(IntEnum):
    """Named commands are asked before patterns, and those before what takes anything."""

    NAMED = 0
    PATTERN = 1
    ANYTHING = 2


@dataclass(frozen=True, kw_only=True)
class Listener:
    function: Function
    rule: Rule
    rank: Rank
    names: tuple[str, ...] = ()
    only: tuple[Permission, ...] = ()
    refusal: str = ""
    hears: Hears = Hears.PEOPLE

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def description(self) -> str:
        """All of its docstring, without its indentation."""
        lines = (self.function.__doc__ or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines)


@dataclass(frozen=True)
class BoltListener:
    """One of Bolt's own decorators with its arguments, and the function under it."""

    method: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    function: Function

    @property
    def is_named(self) -> bool:
        """Whether it asks for one name, and not for a pattern that others may fit as well."""
        return all(isinstance(each, str) for each in self.arguments)

    @property
    def is_silent(self) -> bool:
        """What fills a menu while somebody types is no answer to them, not even when it fails."""
        return self.method in ("options", "block_suggestion")

    @property
    def takes_ack(self) -> bool:
        return "ack" in asked_of(self.function)

    def put_on(self, app: App, function: Function, matchers: Sequence[Matcher] = ()) -> None:
        """Let the app call `function`, where these matchers and the listener's own agree."""
        options = dict(self.options)
        if own := [*matchers, *options.pop("matchers", ())]:
            options["matchers"] = own
        getattr(app, self.method)(*self.arguments, **options)(function)


@dataclass(frozen=True)
class Timer:
    """A function that is called again and again; its name tells it from others of its file."""

    name: str
    function: Function
    every: timedelta
    at_start: bool = False


def time_span(**units: float) -> timedelta:
    """Raises ValueError for what is no time above zero."""
    try:
        span = timedelta(**units)
    except TypeError as error:
        raise ValueError(f"A timer's time is made of numbers, not {units}.") from error
    except OverflowError as error:
        raise ValueError(f"A timer's time is at most ten years, not {units}.") from error
    if span <= timedelta():
        raise ValueError(f"A timer's time is above zero, not {units}.")
    if span > LONGEST_SPAN:
        raise ValueError(f"A timer's time is at most ten years, not {units}.")
    return span
