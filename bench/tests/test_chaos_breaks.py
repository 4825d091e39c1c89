"""The crash test in small, with real processes: its judge can fail, and passes the engine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

type Chaos = Callable[..., tuple[int, dict[str, Any]]]

# A whole hub starts for each; on a busy machine that alone takes a minute.
pytestmark = pytest.mark.timeout(300)

SMALL = ("--deliveries", "240", "--lanes", "4", "--senders", "2", "--seed", "1")


@pytest.fixture
def chaos(tmp_path: Path) -> Chaos:
    """Runs it in a folder of its own; its exit code and verdict."""

    def run(*arguments: str, broken: str = "") -> tuple[int, dict[str, Any]]:
        command = [sys.executable, "-m", "bench.chaos", "--folder", str(tmp_path / "chaos")]
        done = subprocess.run(
            [*command, *SMALL, *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ | {"BREAK": broken},
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.returncode, json.loads(done.stdout)

    return run


def test_a_mark_written_after_the_post_is_found_out(chaos: Chaos) -> None:
    arguments = ("--seconds", "8", "--gap", "2", "--only", "kill")

    code, verdict = chaos(*arguments, broken="mark-after")

    assert code == 1
    assert verdict["duplicates"] + verdict["lost"] > 0


def test_a_doubtful_answer_sent_again_is_found_out(chaos: Chaos) -> None:
    # Events settle half of the doubtful at once: there must be enough of them. It ends at the first
    # duplicate.
    more = ("--deliveries", "800", "--lanes", "8")

    code, verdict = chaos(
        *more, "--seconds", "10", "--only", "accept_then_drop", broken="retry-ambiguous"
    )

    assert code == 1
    assert verdict["duplicates"] > 0


def test_the_engine_passes_where_nothing_may_be_unknown(chaos: Chaos) -> None:
    arguments = ("--seconds", "8", "--only", "term", "redis_empty", "database_restart")

    code, verdict = chaos(*arguments)

    assert verdict["sent"] == 240
    assert verdict["unknown_left"] == verdict["lost"] == verdict["duplicates"] == 0
    assert code == 0
