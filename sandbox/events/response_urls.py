"""response_url: five answers to one interaction within thirty minutes."""

import secrets
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.world.apps import Installation
from sandbox.world.workspace import Channel

LIFETIME = 1800
"""Seconds."""
USES = 5


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer to an interaction goes; a command has no message."""

    installation: Installation
    channel: Channel
    user_id: str
    message_ts: str
    expires: float
    left: int = USES


class ResponseUrls:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, ResponseUrl] = {}

    def give(
        self, installation: Installation, channel: Channel, user_id: str, message_ts: str
    ) -> str:
        """A new token, for the end of {base}/respond/."""
        token = secrets.token_urlsafe(18)
        expires = self._clock.now() + LIFETIME
        self._open[token] = ResponseUrl(installation, channel, user_id, message_ts, expires)
        return token

    def peek(self, token: str) -> ResponseUrl:
        """The target of a token that was given, without counting."""
        return self._open[token]

    def use(self, token: str) -> ResponseUrl | str:
        """Count one use; the Slack error when there is none left."""
        target = self._open.get(token)
        if target is None or self._clock.now() >= target.expires:
            return "expired_url"
        if target.left == 0:
            return "used_url"
        target.left -= 1
        return target
