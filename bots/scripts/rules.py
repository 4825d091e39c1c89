"""What makes a listener the one for a message. Pure: a message in, what was found out."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bots.scripts.hearing import Said, plain

type Rule = Callable[[Said], Said | None]


def command(names: tuple[str, ...]) -> Rule:
    """A message to the bot that begins with one of these names, in any case.

    A name that is the beginning of a longer word is none: `tomato` is not `tomatoes`.
    """
    folded = sorted((plain(name).casefold() for name in names), key=len, reverse=True)

    def find(said: Said) -> Said | None:
        if said.words is None:
            return None
        for name in folded:
            rest = _after(name, said.words)
            if rest is not None:
                return replace(said, rest=rest)
        return None

    return find


def _after(name: str, words: str) -> str | None:
    """What follows the name; None where it does not stand there as a word of its own."""
    if words[: len(name)].casefold() != name:
        return None
    rest = words[len(name) :]
    if rest and not rest[0].isspace():
        # hi! and help, are the command with a sign behind it.
        bare = rest.lstrip(".,:;!?")
        if bare == rest or (bare and not bare[0].isspace()):
            return None
        rest = bare
    return rest.strip()


def operator(sign: str) -> Rule:
    """A message that begins with this one character, to whomever: `=2+2`."""
    if len(sign) != 1:
        raise ValueError(f"An operator is one character, not {sign!r}.")

    def find(said: Said) -> Said | None:
        heard = said.heard
        return replace(said, rest=heard[1:].strip()) if heard.startswith(sign) else None

    return find


def match(pattern: str | re.Pattern[str]) -> Rule:
    """A message in which the pattern is found; its groups are in `said.match`."""
    compiled = _compiled(pattern)

    def find(said: Said) -> Said | None:
        found = compiled.search(said.heard)
        return replace(said, match=found) if found else None

    return find


def scan(pattern: str | re.Pattern[str]) -> Rule:
    """As `match`, with every place where it is found in `said.found`."""
    compiled = _compiled(pattern)

    def find(said: Said) -> Said | None:
        found: list[Any] = compiled.findall(said.heard)
        return replace(said, found=tuple(found)) if found else None

    return find


def attachment(pattern: str | re.Pattern[str], fields: tuple[str, ...]) -> Rule:
    """A message with an attachment in one of whose fields the pattern is found."""
    compiled = _compiled(pattern)

    def find(said: Said) -> Said | None:
        texts = (str(each.get(name) or "") for each in said.attachments for name in fields)
        found = next(filter(None, map(compiled.search, texts)), None)
        return replace(said, match=found) if found else None

    return find


def file(said: Said) -> Said | None:
    """Files that are sent to the bot alone."""
    return said if said.files and said.is_direct else None


def otherwise(said: Said) -> Said | None:
    """Anything said to the bot."""
    return said if said.words is not None else None


def _compiled(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    if isinstance(pattern, str):
        return re.compile(pattern, re.IGNORECASE)
    if not isinstance(pattern.pattern, str):
        raise TypeError(f"A pattern is text, not {pattern.pattern!r}.")
    return pattern
