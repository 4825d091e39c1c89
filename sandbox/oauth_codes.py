"""The codes that the consent page hands out: ten minutes, one use."""

import secrets
from dataclasses import dataclass

from sandbox.clock import Clock

LIFETIME = 600
"""Seconds."""


@dataclass(slots=True)
class Grant:
    """What a person allowed on the consent page."""

    app_id: str
    team_id: str
    scopes: list[str]
    redirect_uri: str
    """As it was sent to the authorize page; empty when it was left out."""
    installer: str
    expires: float
    used: bool = False


class OAuthCodes:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def give(
        self, *, app_id: str, team_id: str, scopes: list[str], redirect_uri: str, installer: str
    ) -> str:
        code = f"{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        expires = self._clock.now() + LIFETIME
        self._grants[code] = Grant(app_id, team_id, scopes, redirect_uri, installer, expires)
        return code

    def find(self, code: str) -> Grant | None:
        """The grant of a code that has not expired; it may have been used."""
        grant = self._grants.get(code)
        return grant if grant and self._clock.now() < grant.expires else None
