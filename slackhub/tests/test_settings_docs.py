"""docs/reference/settings.md and the code name the same variables."""

import re
from pathlib import Path

from django.conf import settings

READS = re.compile(r'\benv(?:\.\w+\(|, )\s*"([A-Z_]+)"')
NAMES = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def _read(path: str) -> str:
    return (Path(settings.BASE_DIR) / path).read_text()


def test_every_variable_is_documented_and_the_other_way_round() -> None:
    in_code = set(READS.findall(_read("slackhub/settings.py") + _read("slackhub/run.py")))

    in_docs = NAMES.findall(_read("docs/reference/settings.md"))

    assert sorted(in_docs) == sorted(in_code)


def test_every_check_of_the_code_names_a_documented_variable() -> None:
    documented = NAMES.findall(_read("docs/reference/settings.md"))

    checked = re.findall(r'_missing\(\s*"([A-Z_]+)"', _read("slackhub/checks.py"))

    assert checked
    assert set(checked) <= set(documented)
