"""The pooled asynchronous client for the sender's posts, on the door's table of answers.

slack_sdk opens a connection for every call; at a post's pace that would cost more than the post.
"""

import json
from typing import Any

from teams.answers import Ambiguous, Answer, Disconnected, NotNow, read_answer
from teams.wire.direct import Direct
from teams.wire.proxied import Proxied, proxy_for
from teams.wire.terms import CONNECTIONS, Line, NotWritten, TooLate, Unanswered, boottime

__all__ = ["CONNECTIONS", "Poster", "TooLate", "boottime"]

UNCONNECTED_WAIT = 1.0


class Poster:
    """One connection pool; made and used on one event loop."""

    def __init__(self, base_url: str) -> None:
        proxy = proxy_for(base_url)
        self._line: Line = Proxied(base_url, proxy) if proxy else Direct(base_url)

    async def post(
        self, method: str, body: bytes, *, token: str, deadline: float
    ) -> Answer | TooLate:
        """One request, never repeated. `deadline` is a boottime() after which it must not begin."""
        if not (token.isascii() and token.isprintable()):
            # A line break in it would write headers of its own.
            sentence = "The stored token holds characters that Slack's tokens never have."
            return Disconnected("invalid_auth", sentence, certain=False)
        try:
            reply = await self._line.send(method, body, token=token, deadline=deadline)
        except NotWritten as error:
            sentence = f"Slack could not be reached: {error}."
            return NotNow("no_connection", sentence, UNCONNECTED_WAIT, "lane")
        except Unanswered as error:
            return Ambiguous("no_answer", f"No answer from Slack: {error}.")
        if isinstance(reply, TooLate):
            return reply
        return read_answer(reply.status, reply.headers, _json(reply.content))

    def reserve(self, total: int) -> int:
        """How many posts could be under way at once now; connections are opened up to `total`."""
        return self._line.reserve(total)

    async def close(self) -> None:
        await self._line.close()


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
