"""From a due row to the request's body; everything that can fail does so before the mark."""

import json
from collections.abc import Mapping
from typing import Any

from broadcasts.buttons import opt_out_block
from broadcasts.rendering import render
from broadcasts.sending.metadata import metadata
from broadcasts.sending.rows import Due, LaneRow, RunContent

# Nothing in a message refers to itself; looking for that costs a quarter of the encoding.
_encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


def compose(due: Due, run: RunContent | None, *, lane: LaneRow, told: bool) -> bytes:
    """The body of chat.postMessage for the row's next attempt; `told`: Slack may tell of it.

    Raises:
        RenderError: this recipient's values do not fit the message; says why.
    """
    arguments = _of_run(due, run, lane.team_name) if run else dict(due.payload or {})
    arguments |= {
        "channel": address(due, run),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": metadata(due.id, due.attempt + 1, told=told, hub=lane.hub),
    }
    return _encode({name: value for name, value in arguments.items() if value is not None}).encode()


def address(due: Due, run: RunContent | None) -> str:
    """The user id, so that Slack opens the DM; the DM itself where a custom sender is set.

    With a custom name or icon Slack would put a post to a user id into the Slackbot DM:
    https://docs.slack.dev/reference/methods/chat.postMessage
    """
    return due.dm_channel if has_sender(due, run) and due.dm_channel else due.slack_id


def has_sender(due: Due, run: RunContent | None) -> bool:
    if run and not (run.content.get("sender_name") or run.content.get("sender_icon")):
        return False
    shown = look(run.content) if run else due.payload or {}
    return any(shown.get(name) for name in ("username", "icon_emoji", "icon_url"))


def needs_dm(due: Due, run: RunContent | None) -> bool:
    """Whether the DM has to be opened before the post."""
    return has_sender(due, run) and due.slack_id[0] in "UW" and not due.dm_channel


def arguments_of(
    content: Mapping[str, Any], values: Mapping[str, Any], *, broadcast: int, recipient: int | None
) -> dict[str, Any]:
    """What one recipient is shown of a message's content.

    Raises:
        RenderError: this recipient's values do not fit the message; says why.
    """
    rendered = render(content, values)
    blocks = rendered.blocks
    if content.get("offers_opt_out") and recipient:
        blocks = blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": rendered.text}}]
        blocks = [*blocks, opt_out_block(broadcast, recipient)]
    return {"text": rendered.text, "blocks": blocks} | look(content)


def look(content: Mapping[str, Any]) -> dict[str, Any]:
    """How the sender shows, by the names of chat.postMessage."""
    icon = content.get("sender_icon") or ""
    return {
        "username": content.get("sender_name") or None,
        "icon_emoji": icon if icon.startswith(":") else None,
        "icon_url": icon if icon.startswith("https://") else None,
    }


def _of_run(due: Due, run: RunContent, team_name: str) -> dict[str, Any]:
    values = due.variables | {"team": team_name}
    return arguments_of(run.content, values, broadcast=run.broadcast, recipient=due.recipient)
