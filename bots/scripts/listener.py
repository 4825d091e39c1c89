"""A function of a bot file, what it listens for, and for whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, IntEnum
from typing import Any

from bots.scripts.hearing import Hears
from bots.scripts.permission import Permission
from bots.scripts.rules import Rule

type Function = Callable[..., Any]


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


@dataclass(frozen=True)
class Timer:
    """A function that is called again and again."""

    function: Function
    every: timedelta
    at_start: bool = False


def time_span(**units: float) -> timedelta:
    """Raises ValueError for what is no time above zero."""
    try:
        span = timedelta(**units)
    except TypeError as error:
        raise ValueError(f"A timer's time is made of numbers, not {units}.") from error
    if span <= timedelta():
        raise ValueError(f"A timer's time is above zero, not {units}.")
    return span
