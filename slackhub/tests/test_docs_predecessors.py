"""docs/reference/predecessors.md has every row, and names only what there is."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/reference/predecessors.md").read_text()
ROWS = re.findall(r"^\| ([A-Z]+-\d+) \| .+ \| .+ \|$", PAGE, re.MULTILINE)
NUMBERS = {
    "SBS": range(1, 30),
    "SRBS": (*range(1, 27), *range(30, 42), *range(50, 63), *range(70, 86)),
    "RTM": range(1, 12),
    "SRB": range(1, 35),
    "EV": range(1, 12),
    "AM": range(1, 7),
    "EVS": range(1, 6),
    "EX": range(1, 31),
    "BOR": range(1, 5),
}


@pytest.mark.parametrize("system", NUMBERS)
def test_every_row_has_a_line_of_its_own(system: str) -> None:
    lines = [row for row in ROWS if row.startswith(f"{system}-")]

    assert lines == [f"{system}-{number}" for number in NUMBERS[system]]


def test_every_file_that_it_names_is_there() -> None:
    files = set(re.findall(r"`(\w[\w/.]*/[\w.]+\.\w+)`", PAGE))

    assert files
    assert {name for name in files if not (ROOT / name).is_file()} == set()


def test_every_command_that_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"`manage\.py (\w+)", PAGE)) <= set(get_commands())
    assert set(re.findall(r"`make (\w+)", PAGE)) <= targets
