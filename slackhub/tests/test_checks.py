"""`manage.py check --deploy`: silent for a complete public hub, precise for an incomplete one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

COMPLETE = {
    "PUBLIC_URL": "https://hub.example.com",
    "SECRET_KEY": "k3y-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "FIELD_ENCRYPTION_KEYS": f"{Fernet.generate_key().decode()},{Fernet.generate_key().decode()}",
    "DATABASE_URL": "postgresql://slackhub:secret@db.example.com:5432/slackhub",
    "REDIS_URL": "redis://redis.example.com:6379/0",
}


def _check(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """`check --deploy` in an environment of its own; an empty value unsets a variable."""
    values = {name: value for name, value in {**COMPLETE, **changes}.items() if value}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy"],
        cwd=settings.BASE_DIR,
        env={**kept, **values, "VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_complete_public_hub_is_clean(tmp_path: Path) -> None:
    result = _check(tmp_path)

    assert result.returncode == 0, result.stderr
    assert "no issues (0 silenced)" in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        ({"SECRET_KEY": ""}, "slackhub.E001", "Set SECRET_KEY="),
        ({"FIELD_ENCRYPTION_KEYS": ""}, "slackhub.E002", "Set FIELD_ENCRYPTION_KEYS="),
        ({"FIELD_ENCRYPTION_KEYS": "not-a-key"}, "slackhub.E003", "Make one with:"),
        ({"DATABASE_URL": ""}, "slackhub.E004", "Set DATABASE_URL=postgresql://"),
        ({"REDIS_URL": ""}, "slackhub.E005", "Set REDIS_URL=redis://"),
        ({"PUBLIC_URL": "http://hub.example.com"}, "slackhub.E006", "PUBLIC_URL=https://hub."),
    ],
)
def test_what_is_missing_is_named_with_its_line(
    tmp_path: Path, changes: dict[str, str], code: str, hint: str
) -> None:
    result = _check(tmp_path, **changes)

    assert result.returncode != 0
    assert code in result.stderr
    assert hint in result.stderr


def test_a_hub_on_loopback_needs_nothing(tmp_path: Path) -> None:
    result = _check(tmp_path, **dict.fromkeys(COMPLETE, ""))

    assert result.returncode == 0, result.stderr
    assert "slackhub.E" not in result.stderr
