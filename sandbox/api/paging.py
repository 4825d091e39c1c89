"""Cursor paging as Slack does it: `limit`, `cursor`, `response_metadata.next_cursor`."""

from base64 import b64decode, b64encode
from binascii import Error as BinasciiError

from sandbox.api.errors import SlackError
from sandbox.api.methods import Call

LARGEST = 1000


def page[T](call: Call, items: dict[str, T], *, largest: int = LARGEST) -> tuple[list[T], str]:
    """The items of one page and the cursor of the next; everything when there is no `limit`."""
    limit = _limit(call, largest)
    ids = list(items)
    start = _start(call, ids)
    chosen = ids[start : start + limit] if limit else ids[start:]
    rest = start + len(chosen)
    following = b64encode(f"next:{ids[rest]}".encode()).decode() if rest < len(ids) else ""
    return [items[each] for each in chosen], following


def _limit(call: Call, largest: int) -> int:
    raw = call.args.get("limit") or 0
    try:
        limit = int(raw)
    except (TypeError, ValueError):
        raise SlackError("invalid_limit") from None
    if limit < 0:
        raise SlackError("invalid_limit")
    return min(limit, largest)


def _start(call: Call, ids: list[str]) -> int:
    cursor = call.args.get("cursor")
    if not cursor:
        return 0
    try:
        prefix, _, first = b64decode(str(cursor), validate=True).decode().partition(":")
    except (BinasciiError, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if prefix != "next" or first not in ids:
        raise SlackError("invalid_cursor")
    return ids.index(first)
