"""`help`, made from the docstrings of the scripts that serve a team."""

import re

from bots.scripts.listener import Listener
from bots.scripts.parts import Part

LONGEST_WORDS = 80


def help_text(parts: list[Part], about: str) -> str:
    """All commands with a line each; or all that one command's docstring says."""
    commands = {
        name.casefold(): listener
        for part in reversed(parts)
        for listener in part.script.listeners
        for name in listener.names
    }
    if not about:
        return "\n".join(["I understand:", *_lines(parts)])
    listener = commands.get(about.casefold())
    if listener is None:
        return f"There is no command `{_repeated(about)}`. Say `help` for what I understand."
    if not listener.description:
        return f"Nobody has described `{about}`."
    return f"`{about}` {listener.description}"


def _repeated(words: str) -> str:
    """What somebody said, in as much as it neither shouts, links nor fills the screen."""
    return re.sub(r"[`<>]", "", words)[:LONGEST_WORDS]


def _lines(parts: list[Part]) -> list[str]:
    lines: list[str] = []
    said: set[str] = set()
    for part in parts:
        commands = [one for one in part.script.listeners if one.names and not said & {one.names[0]}]
        if part.bot and commands:
            intro = part.script.description.partition("\n")[0]
            lines.append(f"*{part.bot.name}*{f': {intro}' if intro else ''}")
        lines += map(_line, commands)
        said.update(one.names[0] for one in commands)
    return [*lines, *([] if "help" in said else ["• `help` lists what I understand"])]


def _line(listener: Listener) -> str:
    name, *aliases = listener.names
    also = f" ({', '.join(f'`{alias}`' for alias in aliases)})" if aliases else ""
    return f"• `{name}`{also} {listener.summary}".rstrip()
