"""Messages that an app has asked Slack to post later."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.world.apps import Installation


@dataclass(slots=True)
class Later:
    """One of them; `post` does what is asked for when the time has come."""

    installation: Installation
    channel_id: str
    post_at: int
    text: str
    created: int
    post: Callable[[], object]
    id: str = field(default_factory=lambda: "Q" + secrets.token_hex(5).upper())


class Schedule:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[Later, asyncio.Task[None]]] = {}

    def add(self, later: Later) -> None:
        self._waiting[later.id] = later, asyncio.create_task(self._wait(later))

    async def _wait(self, later: Later) -> None:
        await self._clock.until(later.post_at)
        del self._waiting[later.id]
        later.post()

    def of(self, installation: Installation) -> list[Later]:
        """Those of one app in one workspace, the next one first."""
        mine = (one for one, _ in self._waiting.values() if one.installation is installation)
        return sorted(mine, key=lambda one: one.post_at)

    def remove(self, later: Later) -> None:
        _, task = self._waiting.pop(later.id)
        task.cancel()

    def clear(self) -> None:
        for later, _ in list(self._waiting.values()):
            self.remove(later)
