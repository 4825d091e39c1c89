"""The pooled asynchronous client for the sender's posts, on the door's table of answers.

slack_sdk opens a connection for every call; at a post's pace that would cost more than the post.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from teams.answers import Ambiguous, Answer, Disconnected, NotNow, read_answer
from teams.wire.direct import Direct
from teams.wire.proxied import Proxied, proxy_for
from teams.wire.terms import (
    CONNECTIONS,
    End,
    Line,
    NotWritten,
    Reply,
    TooLate,
    Unanswered,
    boottime,
)

__all__ = ["CONNECTIONS", "Poster", "TooLate", "boottime"]

UNCONNECTED_WAIT = 1.0

type OnAnswer = Callable[[Answer | TooLate], None]


class Poster:
    """One connection pool; made and used on one event loop."""

    def __init__(self, base_url: str) -> None:
        proxy = proxy_for(base_url)
        self._line: Line = Proxied(base_url, proxy) if proxy else Direct(base_url)

    async def post(
        self, method: str, body: bytes, *, token: str, deadline: float
    ) -> Answer | TooLate:
        """The answer to send()."""
        answer: asyncio.Future[Answer | TooLate] = asyncio.get_running_loop().create_future()

        def told(one: Answer | TooLate) -> None:
            if not answer.done():
                answer.set_result(one)

        self.send(method, body, token=token, deadline=deadline, on_answer=told)
        return await answer

    def send(
        self, method: str, body: bytes, *, token: str, deadline: float, on_answer: OnAnswer
    ) -> None:
        """One request, never repeated. `deadline` is a boottime() after which it must not begin.

        `on_answer` is called once, perhaps before this returns.
        """
        if not (token.isascii() and token.isprintable()):
            # A line break in it would write headers of its own.
            sentence = "The stored token holds characters that Slack's tokens never have."
            on_answer(Disconnected("invalid_auth", sentence, certain=False))
            return
        self._line.send(
            method,
            body,
            token=token,
            deadline=deadline,
            on_end=lambda end: on_answer(_read(end)),
        )

    def reserve(self, total: int) -> int:
        """How many posts could be under way at once now; connections are opened up to `total`."""
        return self._line.reserve(total)

    async def close(self) -> None:
        await self._line.close()


def _read(end: End) -> Answer | TooLate:
    match end:
        case Reply(status, headers, content):
            return read_answer(status, headers, _json(content))
        case TooLate():
            return end
        case NotWritten():
            sentence = f"Slack could not be reached: {end}."
            return NotNow("no_connection", sentence, UNCONNECTED_WAIT, "lane")
        case Unanswered():
            return Ambiguous("no_answer", f"No answer from Slack: {end}.")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
