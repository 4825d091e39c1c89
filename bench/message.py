"""The one message that every variant posts, so that all carry the same bytes."""

from typing import Any

TEMPLATE = (
    "Good morning, {{ first_name }}! The market of {{ team }} opens at noon. "
    "Bring a basket, and a friend."
)


def text(first_name: str, team: str) -> str:
    """What TEMPLATE becomes, without a template engine."""
    return (
        f"Good morning, {first_name}! The market of {team} opens at noon. "
        "Bring a basket, and a friend."
    )


def arguments(channel: str, text: str, key: str, attempt: int) -> dict[str, Any]:
    """What the sender gives to chat.postMessage; `key` tells the posts apart in the ledger."""
    return {
        "channel": channel,
        "text": text,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {
            "event_type": "slackhub_delivery",
            "event_payload": {"delivery_id": key, "attempt": attempt},
        },
    }
