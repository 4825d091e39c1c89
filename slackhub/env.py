"""Typed readers of environment variables; each refuses nonsense with one sentence.

Every variable may also be given as NAME_FILE, a path to a file that holds the value (secrets
mounted by an orchestrator).
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file NAME_FILE names, or the default.

    Raises:
        ImproperlyConfigured: both are set, or the file cannot be read.
    """
    path = os.environ.get(f"{name}_FILE", "")
    value = os.environ.get(name, "")
    if path and value:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    if not path:
        return value or default
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names a file that cannot be read: {error}."
        ) from error


def command(name: str, default: str) -> str:
    """The name of a slash command, such as /hub."""
    value = text(name, default)
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", value):
        raise ImproperlyConfigured(
            f"{name} must be a slash and small letters, digits, - or _, not {value!r}."
        )
    return value


def boolean(name: str, *, default: bool) -> bool:
    """True or False; anything else is refused."""
    value = text(name)
    if not value:
        return default
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
    return value == "True"


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(
            f"{name} must be a whole number of at least {least}, not {value!r}."
        )
    return int(value)


def number(name: str, default: float) -> float:
    """A number of at least zero."""
    value = text(name)
    try:
        parsed = float(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.") from error
    if not 0 <= parsed < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number of at least 0, not {value!r}.")
    return parsed


def url(name: str, default: str) -> str:
    """An http or https address without a trailing slash, a query or a fragment."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name} must be an address such as https://hub.example.com, not {value!r}."
        )
    return value


def words(name: str) -> list[str]:
    """A comma-separated list without blanks."""
    return [word.strip() for word in text(name).split(",") if word.strip()]
