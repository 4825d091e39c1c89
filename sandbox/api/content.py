"""What a message may hold: text, blocks, attachments and metadata, within Slack's limits."""

from dataclasses import dataclass
from typing import Any

from sandbox.api.blocks import check_blocks
from sandbox.api.errors import SlackError
from sandbox.api.methods import Call
from sandbox.world.elements import name_blocks
from sandbox.world.workspace import Doc

TEXT_CHARS = 40_000
MARKDOWN_CHARS = 12_000
ATTACHMENTS = 100


@dataclass(slots=True)
class Content:
    """Checked content of one post. `warning` is Slack's word about what was changed."""

    text: str
    blocks: list[Doc] | None = None
    attachments: list[Doc] | None = None
    metadata: Doc | None = None
    thread_ts: str | None = None
    author_name: str | None = None
    author_icons: Doc | None = None
    warning: str | None = None
    files: list[Doc] | None = None


def read_content(call: Call) -> Content:
    """The content of a chat.* call; SlackError for the first rule that it breaks."""
    text = str(call.args.get("text") or "")
    markdown = call.args.get("markdown_text")
    blocks = _list(call, "blocks", "invalid_blocks_format")
    attachments = _list(call, "attachments", "invalid_attachments")
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if not (text.strip() or blocks or attachments or markdown):
        raise SlackError("no_text")
    if markdown and len(markdown) > MARKDOWN_CHARS:
        raise SlackError("msg_too_long")
    if blocks:
        check_blocks(blocks, most_chars=call.sandbox.answers.blocks_chars)
        name_blocks(blocks)
    if attachments and len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    author, icons = call.args.get("username"), _icons(call)
    if author or icons:
        call.require_scope("chat:write.customize")
    content = Content(text or str(markdown or ""), blocks or None, attachments or None)
    content.metadata = _metadata(call)
    content.thread_ts = str(call.args["thread_ts"]) if call.args.get("thread_ts") else None
    content.author_name = str(author) if author else None
    content.author_icons = icons
    if len(text) > TEXT_CHARS:
        _shorten(call, content)
    return content


def _icons(call: Call) -> Doc | None:
    """The author's picture as a message has it; an emoji goes before an address."""
    if emoji := call.args.get("icon_emoji"):
        return {"emoji": str(emoji)}
    if address := call.args.get("icon_url"):
        return {"image_48": str(address)}
    return None


def _shorten(call: Call, content: Content) -> None:
    if call.sandbox.answers.long_text:
        raise SlackError(call.sandbox.answers.long_text)
    content.text = content.text[:TEXT_CHARS]
    content.warning = "message_truncated"


def _list(call: Call, name: str, error: str) -> list[Any] | None:
    value = call.structure(name, error)
    if value is not None and not isinstance(value, list):
        raise SlackError(error)
    return value


def _metadata(call: Call) -> Doc | None:
    """Slack wants an event type and a payload; ids only, for everybody can read it."""
    value = call.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    kind, payload = value.get("event_type"), value.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(str(payload)) > call.sandbox.answers.metadata_chars:
        raise SlackError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}
