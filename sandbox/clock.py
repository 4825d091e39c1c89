"""Time in the sandbox: message timestamps, expiries that can be hurried, scaled retry waits."""

import asyncio
import contextlib
import time


class Clock:
    """`scale` stretches the waits between event retries; `advance` ages codes, tokens and URLs."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._skipped = 0.0
        self._last_micros = 0
        self._changed = asyncio.Event()

    @property
    def scale(self) -> float:
        return self._scale

    @scale.setter
    def scale(self, value: float) -> None:
        self._scale = value
        self._wake()

    def _wake(self) -> None:
        """Whoever waits looks at the time anew."""
        self._changed.set()
        self._changed = asyncio.Event()

    def advance(self, seconds: float) -> None:
        self._skipped += seconds
        self._wake()

    def reset(self, scale: float) -> None:
        self.scale = scale
        self._skipped = 0.0

    def now(self) -> float:
        """Unix seconds that expiries are measured with."""
        return time.time() + self._skipped

    def ts(self) -> str:
        """A message timestamp: real time, never given twice."""
        micros = max(self._last_micros + 1, time.time_ns() // 1000)
        self._last_micros = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    async def until(self, instant: float) -> None:
        """Wait for this time, on the clock of `now`."""
        while (left := instant - self.now()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of Slack's time; a change of the scale reaches waits under way."""
        left = seconds
        while left > 0:
            scale, changed, started = self._scale, self._changed, time.monotonic()
            try:
                await asyncio.wait_for(changed.wait(), left * scale)
            except TimeoutError:
                return
            left -= (time.monotonic() - started) / scale if scale else left
