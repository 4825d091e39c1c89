"""The table of Web API methods, and the one call that each of them gets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.api.errors import SlackError, bad_arguments
from sandbox.state import Sandbox
from sandbox.world.apps import Installation
from sandbox.world.workspace import Doc, Workspace

T1, T2, T3, T4 = 1, 20, 50, 100
"""Slack's tiers, in calls a minute."""
HUNDREDS = 600
"""Of auth.test, documented as "hundreds of requests per minute"."""


@dataclass(slots=True)
class Call:
    """One call of a method, by the app of `installation`; `token` is empty at a response URL."""

    sandbox: Sandbox
    args: Doc
    installation: Installation
    token: str = ""

    @property
    def workspace(self) -> Workspace:
        return self.installation.workspace

    def text(self, name: str) -> str:
        """A required argument."""
        value = self.args.get(name)
        if value is None or value == "":
            raise bad_arguments(f"missing required field: {name}")
        return str(value)

    def flag(self, name: str) -> bool:
        return self.args.get(name) in (True, 1, "1", "true", "True")

    def names(self, name: str) -> list[str]:
        """A list argument: JSON array or words with commas between."""
        value = self.args.get(name)
        if isinstance(value, str):
            value = value.split(",")
        return [str(each).strip() for each in value or []]

    def structure(self, name: str, error: str) -> Any:
        """An argument that is JSON inside a form; `error` is what a broken one answers."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None

    def require_scope(self, scope: str) -> None:
        if scope not in self.installation.scopes:
            raise missing_scope(scope, self.installation.scopes)


def missing_scope(needed: str, provided: list[str]) -> SlackError:
    return SlackError("missing_scope", needed=needed, provided=",".join(provided))


type Handler = Callable[[Call], Doc]


@dataclass(frozen=True, slots=True)
class Method:
    """`tier` is calls a minute, 0 for a method with limits of its own."""

    run: Handler
    scope: str | None
    tier: int


METHODS: dict[str, Method] = {}


def method(name: str, *, tier: int, scope: str | None = None) -> Callable[[Handler], Handler]:
    """Put a function into the table under its Slack name."""

    def register(run: Handler) -> Handler:
        METHODS[name] = Method(run, scope, tier)
        return run

    return register
