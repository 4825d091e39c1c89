"""What staff write as a trigger, as one pattern of RE2. Pure.

RE2 takes time in proportion to the text, whatever the pattern: staff write patterns, and anybody
writes the texts. https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any

import re2

EXACT, STARTS, CONTAINS, REGEXP = "exact", "starts", "contains", "regexp"

# RE2's own \b knows ASCII alone.
_BEFORE, _AFTER = r"(?:^|[^\pL\pN_])", r"(?:$|[^\pL\pN_])"
_TAIL = r"[\s.,:;!?]*$"
# One pattern may not fill the memory of a worker.
_MOST_BYTES = 1 << 20


class BadPattern(ValueError):
    """The message says what RE2 refuses, and at which character, from 1."""


def match(kind: str, trigger: str, words: str) -> dict[str, str] | None:
    """The named groups of the first match, in any case of letters; None where there is none.

    All kinds but the regular expression find whole words only: "undo" is not in "edmundo".

    Raises:
        BadPattern: the trigger cannot be read.
    """
    found = _compiled(_pattern(kind, trigger)).search(words)
    if found is None:
        return None
    return {name: value or "" for name, value in found.groupdict().items()}


def check(pattern: str) -> None:
    """Raises BadPattern for a regular expression that RE2 does not take."""
    _compiled(pattern)


def _pattern(kind: str, trigger: str) -> str:
    if kind == REGEXP:
        return trigger
    words = " ".join(trigger.split())
    quoted = re2.escape(words)
    after = _AFTER if _is_letter(words[-1:]) else ""
    match kind:
        case "exact":
            return f"^{quoted}{_TAIL}"
        case "starts":
            return f"^{quoted}{after}"
        case _:
            before = _BEFORE if _is_letter(words[:1]) else ""
            return f"{before}{quoted}{after}"


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(pattern, _options())
    except re2.error as error:
        sentence = _words_of(error)
        place = _place(pattern, sentence) + 1
        raise BadPattern(f"Character {place}: {sentence}.") from error


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = _MOST_BYTES
    return options


def _words_of(error: Exception) -> str:
    words: bytes | str = error.args[0]
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _place(pattern: str, sentence: str) -> int:
    """Where it goes wrong: RE2 names the piece that it refuses, and not the place.

    For what is missing or too much it names the whole pattern: all before that place can be read.
    """
    piece = sentence.partition(": ")[2]
    if piece in ("", pattern):
        return max(end for end in range(len(pattern)) if _refusal(pattern[:end]) is None)
    ends = range(len(piece), len(pattern) + 1)
    return next((e for e in ends if _refusal(pattern[:e]) == sentence), len(piece)) - len(piece)


def _refusal(pattern: str) -> str | None:
    try:
        re2.compile(pattern, _options())
    except re2.error as error:
        return _words_of(error)
    return None
