"""docs/reference/errors.md and states.md name what the code knows."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import TextChoices

from bots.models import InboxEvent
from broadcasts.models import Broadcast, Delivery, Notice, Run
from teams import answers, reasons
from teams.models import Team

ROOT = Path(settings.BASE_DIR)
ERRORS = (ROOT / "docs/reference/errors.md").read_text()
STATES = (ROOT / "docs/reference/states.md").read_text()


def _section(page: str, heading: str) -> str:
    _, _, rest = page.partition(f"\n## {heading}\n")
    return re.split(r"\n## ", rest)[0]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("NotNow", [*answers._NOT_NOW]),
        ("Unreachable", [*answers._UNREACHABLE]),
        ("Disconnected", [*answers._CERTAIN, *answers._TO_BE_CONFIRMED]),
        ("Rejected", [*answers._REJECTED]),
        ("Ambiguous", [*answers._AMBIGUOUS]),
    ],
)
def test_every_code_of_slack_stands_under_its_class(name: str, codes: list[str]) -> None:
    row = re.search(rf"^\| `{name}` \| (.*) \|$", _section(ERRORS, "Slack's codes"), re.MULTILINE)

    assert row
    assert sorted(re.findall(r"`(\w+)`", row[1])) == sorted(codes)


def test_every_reason_of_a_failed_install_is_documented() -> None:
    section = _section(ERRORS, "Failed installs").partition("Codes:")[2]

    assert sorted(re.findall(r"`(\w+)`", section)) == sorted(reasons.REASONS)


def test_every_check_is_documented_and_the_other_way_round() -> None:
    code = "".join((ROOT / name).read_text() for name in ("slackhub/checks.py", "teams/checks.py"))

    in_code = set(re.findall(r'"((?:slackhub|teams)\.[EW]\d{3})"', code))

    assert set(re.findall(r"^\| `(\w+\.[EW]\d{3})` \|", ERRORS, re.MULTILINE)) == in_code


@pytest.mark.parametrize(
    ("heading", "states"),
    [
        ("Deliveries", Delivery.State),
        ("Runs", Run.State),
        ("Broadcasts", Broadcast.State),
        ("Teams", Team.State),
        ("Notices", Notice.Kind),
        ("Events from Slack", InboxEvent.State),
    ],
)
def test_every_state_is_documented_and_the_other_way_round(
    heading: str, states: type[TextChoices]
) -> None:
    documented = re.findall(r"^\| `(\w+)` \|", _section(STATES, heading), re.MULTILINE)

    assert documented == states.values
