"""PostgreSQL's arrays as text, for columns of hundreds of values.

psycopg looks at each value in Python, ten times the work:
https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
"""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r'["\\\0\ud800-\udfff]')
_REFUSED = re.compile(r"[\0\ud800-\udfff]")


def numbers(values: Iterable[float | None]) -> str:
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def texts(values: Sequence[str], longest: int) -> str:
    """Each cut to so many characters, without the NUL and half pairs that PostgreSQL refuses."""
    cut = [value[:longest] for value in values]
    if _SPECIAL.search("".join(cut)):
        cut = [_quoted(value) for value in cut]
    return '{"' + '","'.join(cut) + '"}' if cut else "{}"


def _quoted(value: str) -> str:
    return _REFUSED.sub("", value).replace("\\", "\\\\").replace('"', '\\"')
