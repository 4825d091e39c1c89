"""What Slack takes as Block Kit, as far as a message can break it.

https://docs.slack.dev/reference/block-kit/blocks lists the limits.
"""

from collections.abc import Callable, Iterator
from typing import Any

MOST_BLOCKS = 50
SECTION_TEXT = 3_000

# Characters, by the type of the object and the key in it.
_LENGTHS = {
    ("section", "text"): SECTION_TEXT,
    ("section", "fields"): 2_000,
    ("header", "text"): 150,
    ("context", "elements"): SECTION_TEXT,
    ("markdown", "text"): 12_000,
    ("image", "alt_text"): 2_000,
    ("image", "title"): 2_000,
    ("image", "image_url"): 3_000,
    ("button", "text"): 75,
    ("button", "value"): 2_000,
    ("button", "url"): 3_000,
}
_ID_LENGTH = 255
_COUNTS = {("section", "fields"): 10, ("context", "elements"): 10, ("actions", "elements"): 25}
_TEXT_TYPES = ("mrkdwn", "plain_text")
# Strings that Slack shows or uses as they are: an entity in them would stay visible, or break them.
_LITERAL_KEYS = frozenset(
    ("action_id", "alt_text", "block_id", "image_url", "thumb_url", "title_url", "type", "url")
) | {"value", "video_url"}


def shape_problems(blocks: object) -> list[str]:
    """Why this is no list of blocks; empty when it is one (or None: no blocks at all)."""
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        return ["Blocks must be a list: [ … ]."]
    return [
        f"Block {number} must be an object with a type."
        for number, block in enumerate(blocks, start=1)
        if not (isinstance(block, dict) and isinstance(block.get("type"), str))
    ]


def limit_problems(blocks: list[dict[str, Any]], *, most: int = MOST_BLOCKS) -> list[str]:
    """What Slack would refuse, as sentences that name the block."""
    found = [f"There are {len(blocks)} blocks; at most {most} fit."] if len(blocks) > most else []
    for number, block in enumerate(blocks, start=1):
        found += [f"Block {number} ({block['type']}): {what}." for what in _too_much(block)]
    return found


def map_strings(node: Any, change: Callable[[str, bool], str], *, literal: bool = False) -> Any:
    """A copy with every string replaced by change(string, is_mrkdwn).

    plain_text and rich text are never parsed for mentions or entities, so a value goes there
    unescaped; every place not known to be literal counts as mrkdwn.
    """
    if isinstance(node, str):
        return change(node, not literal)
    if isinstance(node, list):
        return [map_strings(item, change, literal=literal) for item in node]
    if not isinstance(node, dict):
        return node
    literal = literal or node.get("type") in ("plain_text", "rich_text")
    return {
        key: map_strings(value, change, literal=literal or key in _LITERAL_KEYS)
        for key, value in node.items()
    }


def texts(node: Any) -> Iterator[tuple[str, bool]]:
    """What a reader sees of it, in order: (text, is_mrkdwn)."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
        return
    if not isinstance(node, dict):
        return
    if isinstance(node.get("text"), str):
        yield node["text"], node.get("type") in ("mrkdwn", "markdown")
    elif isinstance(node.get("alt_text"), str):
        yield node["alt_text"], False
    for value in node.values():
        yield from texts(value)


def _too_much(node: dict[str, Any]) -> Iterator[str]:
    kind = str(node.get("type"))
    for key, value in node.items():
        if key == "type":
            continue
        if isinstance(value, list):
            most = _COUNTS.get((kind, key), len(value))
            if len(value) > most:
                yield f"{len(value)} {key}, at most {most} fit"
            for item in value:
                if isinstance(item, dict):
                    yield from _bad_text(item, f"one of its {key}", _LENGTHS.get((kind, key)))
                    yield from _too_much(item)
        else:
            most_letters = _ID_LENGTH if key.endswith("_id") else _LENGTHS.get((kind, key))
            yield from _bad_text(value, f"its {key}", most_letters)
            if isinstance(value, dict):
                yield from _too_much(value)


def _bad_text(value: Any, name: str, most: int | None) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") not in _TEXT_TYPES:
            return
        value = value.get("text")
        if not isinstance(value, str) or not value.strip():
            yield f"{name} is empty"
            return
    if most is not None and isinstance(value, str) and len(value) > most:
        yield f"{name} has {len(value):,} characters, at most {most:,} fit"
