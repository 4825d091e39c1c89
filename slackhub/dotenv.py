"""Reads a `.env` file: NAME=value lines, nothing in them is ever run."""

import re
from pathlib import Path

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


class DotenvError(ValueError):
    """A line of the file cannot be read."""


def read_dotenv(path: Path) -> dict[str, str]:
    """The file's variables; none when there is no file.

    A value may stand in single or double quotes. `#` begins a comment at the start of a line, and
    after a blank behind a value without quotes.

    Raises:
        DotenvError: naming the file and the line, never the value.
    """
    if not path.exists():
        return {}
    found = {}
    for number, raw in enumerate(path.read_text().splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise DotenvError(f"{path.name}, line {number}: expected NAME=value.")
        found[match[1]] = _value(match[2])
    return found


def _value(text: str) -> str:
    if text[:1] in ("'", '"') and (end := text.find(text[0], 1)) > 0:
        return text[1:end]
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
