"""Secrets of a hub on loopback, made once and kept in a file that only its owner reads.

A newcomer sets nothing; a hub with a public address must be given its secrets (checks.py).
"""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def load_or_make(folder: Path) -> dict[str, str]:
    """SECRET_KEY and FIELD_ENCRYPTION_KEYS from folder/secrets (mode 0600), made when absent."""
    path = folder / "secrets"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }
        _write_once(path, json.dumps(made))
    found: dict[str, str] = json.loads(path.read_text())
    return found


def _write_once(path: Path, content: str) -> None:
    """Two processes that start together must agree on one file: link() refuses the second."""
    draft = path.with_name(f"secrets.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
