"""What arrives at an events address: is it Slack's, and is it an event that can be kept?"""

from collections.abc import Mapping
from typing import Any

from slack_sdk.signature import SignatureVerifier

LONGEST_ID = 64
LONGEST_REASON = 500


def is_genuine(signing_secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether Slack signed this body at most five minutes ago.

    https://docs.slack.dev/authentication/verifying-requests-from-slack/
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    # The verifier raises on what is not a number, and on text that is not ASCII or not UTF-8.
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    if not signature.isascii():
        return False
    try:
        return SignatureVerifier(signing_secret).is_valid(body.decode(), timestamp, signature)
    except UnicodeDecodeError:
        return False


def is_event(body: Mapping[str, Any]) -> bool:
    """Whether an `event_callback` has what the inbox needs: an id and a typed event."""
    event_id, event = body.get("event_id"), body.get("event")
    return (
        isinstance(event_id, str)
        and 0 < len(event_id) <= LONGEST_ID
        and isinstance(event, dict)
        and isinstance(event.get("type"), str)
    )


def storable(value: Any) -> Any:
    """The same JSON without what PostgreSQL refuses to keep: NUL and halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    return value


def reason_of(failure: BaseException) -> str:
    """What staff read of it; foreign code may have said anything, at any length."""
    reason: str = storable(f"{type(failure).__name__}: {failure}")
    return reason[:LONGEST_REASON]
