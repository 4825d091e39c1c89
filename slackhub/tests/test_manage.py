"""The command line where a setting or the database is amiss."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}


def _manifest(*options: str, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "slack_manifest", "news", *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | NOWHERE | changes,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_database_that_does_not_answer_is_a_sentence() -> None:
    done = _manifest()

    assert done.returncode == 1
    assert "DATABASE_URL says where it is" in done.stderr
    assert "Traceback" not in done.stderr


def test_its_traceback_is_there_for_who_asks() -> None:
    done = _manifest("--traceback")

    assert "Traceback" in done.stderr


def test_a_setting_that_makes_no_sense_is_a_sentence() -> None:
    done = _manifest(REDIS_URL="here")

    assert done.returncode == 1
    assert done.stderr == "REDIS_URL must look like redis://host:6379/0.\n"
