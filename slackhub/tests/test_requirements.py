import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).resolve().parent.parent.parent / "requirements").glob("*.txt"))
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    found = next(path for path in FILES if path.stem == name)
    return dict(PINNED.findall(found.read_text()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_address_and_no_path_of_a_machine(path: Path) -> None:
    found = re.findall(r"://|^-|[ =]/[a-z]", path.read_text(), re.MULTILINE)

    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_package_is_pinned_and_hashed(path: Path) -> None:
    entries = [entry for entry in re.split(r"\n(?=[a-z])", path.read_text()) if entry[0] != "#"]

    assert entries
    assert [entry for entry in entries if not PINNED.match(entry) or "--hash=" not in entry] == []


@pytest.mark.parametrize(("smaller", "larger"), [("base", "demo"), ("demo", "dev")])
def test_the_larger_set_holds_the_smaller_unchanged(smaller: str, larger: str) -> None:
    assert pins(smaller).items() <= pins(larger).items()
