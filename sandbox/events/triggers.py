"""trigger_id: what an app exchanges for a modal, within three seconds and once."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from sandbox.api.errors import SlackError
from sandbox.clock import Clock
from sandbox.world.apps import Installation

LIFETIME = 3.0
"""Seconds."""
_KEPT = 1000
"""Triggers above which those that nobody can ask for any more are forgotten."""
_FORGET_SECONDS = 60.0


@dataclass(slots=True)
class Trigger:
    """A person's act; `view_id` is the modal in which it was done."""

    installation: Installation
    user_id: str
    view_id: str | None
    expires: float
    exchanged: asyncio.Event = field(default_factory=asyncio.Event)


class Triggers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[str, Trigger] = {}

    def give(self, installation: Installation, user_id: str, view_id: str | None = None) -> str:
        now = self._clock.now()
        if len(self._given) > _KEPT:
            self._given = {
                key: each
                for key, each in self._given.items()
                if each.expires > now - _FORGET_SECONDS
            }
        trigger_id = f"{time.time_ns()}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._given[trigger_id] = Trigger(installation, user_id, view_id, now + LIFETIME)
        return trigger_id

    def exchange(self, trigger_id: str, installation: Installation) -> Trigger:
        """Use a trigger of this app; SlackError when that is not possible (any more)."""
        trigger = self._given.get(trigger_id)
        if trigger is None or trigger.installation is not installation:
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged.is_set():
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() >= trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.exchanged.set()
        return trigger

    async def wait(self, trigger_id: str, seconds: float) -> bool:
        """Whether the trigger is exchanged within so many seconds."""
        try:
            return await asyncio.wait_for(self._given[trigger_id].exchanged.wait(), seconds)
        except TimeoutError:
            return False
