"""docs/reference/variables.md offers what templates can use, and nothing else."""

import re
from pathlib import Path

import pytest

from broadcasts.rendering import VARIABLES
from broadcasts.templating import FILTERS, TAGS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "variables.md"


def test_the_table_of_variables_is_complete() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)

    assert dict(rows) == VARIABLES


@pytest.mark.parametrize(("kind", "names"), [("Tags", {*TAGS} - {"#"}), ("Filters", {*FILTERS})])
def test_the_lists_are_complete(kind: str, names: set[str]) -> None:
    paragraph = PAGE.read_text().split(f"- {kind}: ")[1].split("\n- ")[0].split("\n## ")[0]

    assert set(re.findall(r"`(\w+)`", paragraph)) - {"raw"} == names
