"""Each listed behaviour of bot servers before this one has a test that carries its number.

1-25 installing, 39 and 63 lost tokens, 53-59 schedules, 72-82 pages and requests, 89-91 events,
38, 116, 117, 130 and 131 delivery, 115, 118 and 119 talking on command, 83-88 and 92-114 bots,
32-40 connections, 26-31 hooks, 47 channels, 49-52 timers.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

INSTALLING = (1, 5, *range(7, 13), *range(14, 26))
DELIVERY = (38, *range(115, 120), 130, 131)
BOTS = (26, 27, 29, 30, 31, 47, *range(49, 53), *range(83, 89), *range(92, 115))
SOCKETS = (32, 34, 35, 36, 40)
REQUESTS = (72, 75, 78, *range(80, 83), 89, 90, 91)
LISTED = frozenset((*INSTALLING, 39, 53, 54, 58, 59, 63, *REQUESTS, *DELIVERY, *BOTS, *SOCKETS))
APPS = ("slackhub", "bots", "broadcasts", "teams", "sandbox")


def _numbers() -> Iterator[int]:
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).glob("**/tests/test_*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and (
                    match := re.match(r"test_b(\d{3})_", node.name)
                ):
                    yield int(match[1])


def test_every_listed_behaviour_has_a_test() -> None:
    missing = LISTED - set(_numbers())

    assert not missing, f"No test is called {', '.join(f'test_b{n:03}_…' for n in sorted(missing))}"
