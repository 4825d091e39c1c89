"""Token rotation: bot tokens that expire, refresh tokens that work once.

https://docs.slack.dev/authentication/using-token-rotation
"""

import secrets

from sandbox.clock import Clock
from sandbox.world.apps import Death, Installation, Installations

MOST_TOKENS = 2
"""Bot tokens of one installation that work at the same time; one more ends the oldest."""


class Rotation:
    """When each bot token expires, and whose refresh token is whose."""

    def __init__(self, clock: Clock, installations: Installations) -> None:
        self._clock = clock
        self._installations = installations
        self._expires: dict[str, float] = {}
        self._refresh: dict[str, Installation] = {}
        self._used: dict[str, float] = {}

    def begin(self, installation: Installation, lifetime: float) -> None:
        """The newest token of this installation lives so many seconds."""
        self._expires[installation.token] = self._clock.now() + lifetime
        installation.refresh_token = f"xoxe-1-{secrets.token_hex(24)}"
        self._refresh[installation.refresh_token] = installation

    def is_expired(self, token: str) -> bool:
        return token in self._expires and self._clock.now() >= self._expires[token]

    def owner(self, refresh_token: str) -> Installation | None:
        return self._refresh.get(refresh_token)

    def refresh(self, refresh_token: str, *, lifetime: float, grace: float) -> Installation | None:
        """A new pair of tokens for the installation; None for a refresh token that is no good."""
        installation = self._refresh.get(refresh_token)
        if installation is None or not self._lives(installation):
            return None
        used_at = self._used.setdefault(refresh_token, self._clock.now())
        if refresh_token != installation.refresh_token and self._clock.now() >= used_at + grace:
            return None
        self._installations.give_token(installation)
        while len(installation.tokens) > MOST_TOKENS:
            self._installations.end_token(installation, installation.tokens[0], Death.REVOKED)
        self.begin(installation, lifetime)
        return installation

    def _lives(self, installation: Installation) -> bool:
        place = installation.app.app_id, installation.workspace.team_id
        return self._installations.find(*place) is installation
