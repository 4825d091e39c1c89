"""The one way in which a Web API method refuses."""

from typing import Any


class SlackError(Exception):
    """Answered as `{"ok": false, "error": code}` with HTTP 200, plus the extra fields."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


class RateLimited(Exception):
    """Answered as HTTP 429; `seconds` goes into Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def bad_arguments(message: str) -> SlackError:
    """`invalid_arguments` with the sentence where Slack puts it."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {message}"]})
