"""docs/reference/commands.md, the Makefile and the management commands name the same things."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/reference/commands.md").read_text()
OURS = {
    name: app
    for name, app in get_commands().items()
    if app in ("slackhub", "bots", "broadcasts", "teams")
}


def _table(heading: str) -> list[str]:
    """The first column of the tables under a heading, to the next heading of any level."""
    _, _, rest = PAGE.partition(f"\n{heading}\n")
    section = re.split(r"\n#+ ", rest)[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def _flags(parser: ArgumentParser) -> set[str]:
    """The long options, those of a parser's actions too."""
    found: set[str] = set()
    for action in parser._actions:
        found.update(flag for flag in action.option_strings if flag.startswith("--"))
        if isinstance(action.choices, dict):
            found.update(*map(_flags, action.choices.values()))
    return found


def _options(name: str) -> set[str]:
    """Those that Django does not give to every command."""
    command = load_command_class(OURS[name], name)
    return _flags(command.create_parser("manage.py", name)) - _flags(
        BaseCommand().create_parser("manage.py", name)
    )


def test_every_target_is_documented_and_the_other_way_round() -> None:
    makefile = (ROOT / "Makefile").read_text()

    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)

    assert sorted(_table("## make")) == sorted(targets)


def test_every_command_is_documented_and_the_other_way_round() -> None:
    assert sorted(_table("## manage.py")) == sorted(OURS)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_option_is_documented(name: str) -> None:
    sections = "".join(
        part for part in re.split(r"\n(?=### )", PAGE) if part.startswith(f"### `{name}")
    )

    assert sections
    assert {option for option in _options(name) if option not in sections} == set()
