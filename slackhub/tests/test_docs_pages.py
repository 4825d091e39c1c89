"""The pages themselves: links lead somewhere, the first screen is what it should be."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from slackhub.dotenv import read_dotenv

ROOT = Path(settings.BASE_DIR)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FIRST_SCREEN_LINES = 15


def _pages() -> list[Path]:
    folders = ("docs", "slackhub", "bots", "broadcasts", "teams", "sandbox", "bench")
    return [
        *ROOT.glob("*.md"),
        *(page for folder in folders for page in sorted((ROOT / folder).rglob("*.md"))),
    ]


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(page.read_text()):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)

    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs/README.md"

    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}

    assert set((ROOT / "docs").rglob("*.md")) - {index} <= linked


@pytest.mark.parametrize("app", ["bots", "broadcasts", "teams"])
def test_the_page_of_an_app_is_read_in_two_minutes(app: str) -> None:
    assert len((ROOT / app / "README.md").read_text().splitlines()) <= 40


def test_the_first_screen_shows_a_picture_and_two_commands() -> None:
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:FIRST_SCREEN_LINES])

    commands = re.findall(r"^(make .*)$", first, re.MULTILINE)

    assert commands == ["make demo", "make test"]
    assert "](docs/images/" in first


def test_the_example_has_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text()
    page = (ROOT / "docs/reference/settings.md").read_text()

    in_example = re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)

    assert sorted(in_example) == sorted(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))


def test_the_example_can_be_read_and_holds_no_secret() -> None:
    found = read_dotenv(ROOT / ".env.example")

    assert {name for name, value in found.items() if value} == {"PUBLIC_URL"}
