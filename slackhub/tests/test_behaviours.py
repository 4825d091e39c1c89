"""Each listed behaviour of bot servers before this one has a test that carries its number.

1-25 installing, 26-36 and 40 life and connections, 38, 116, 117, 130 and 131 delivery, 39 and 63
lost tokens, 41 and 42 removal, 46-48 channels and health, 49-59 timers and schedules, 72-82 pages
and requests, 83-88 and 92-114 bots, 89-91 events, 115, 118 and 119 talking on command.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

INSTALLING = (1, 5, *range(7, 26))
LIFE = (*range(26, 37), 38, 39, 40, 41, 42, 46, 47, 48, 63)
TIMES = (*range(49, 53), 53, 54, 56, 58, 59)
REQUESTS = (72, 75, 78, *range(80, 83), 89, 90, 91)
BOTS = (*range(83, 89), *range(92, 115))
DELIVERY = (*range(115, 120), 130, 131)
LISTED = frozenset((*INSTALLING, *LIFE, *TIMES, *REQUESTS, *BOTS, *DELIVERY))
# What comes from Slack: the `hub` of bots/tests is over HTTP first, and then over Socket Mode.
ARRIVING = frozenset((22, 26, 27, *range(29, 35), 39, 40, 47, 85, 89, 90, 91, *BOTS, 118))
APPS = ("slackhub", "bots", "broadcasts", "teams", "sandbox")


def _tests() -> Iterator[tuple[int, set[str]]]:
    """The number of each, and the names of what it takes."""
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).glob("**/tests/test_*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and (
                    match := re.match(r"test_b(\d{3})_", node.name)
                ):
                    yield int(match[1]), {argument.arg for argument in node.args.args}


def _names(numbers: frozenset[int]) -> str:
    return ", ".join(f"test_b{number:03}_…" for number in sorted(numbers))


def test_every_listed_behaviour_has_a_test() -> None:
    missing = LISTED - {number for number, _ in _tests()}

    assert not missing, f"No test is called {_names(missing)}"


def test_what_arrives_from_slack_is_tested_over_both_transports() -> None:
    missing = ARRIVING - {number for number, taken in _tests() if "hub" in taken}

    assert not missing, f"No test over both transports is called {_names(missing)}"
