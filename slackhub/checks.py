"""System checks: what a hub at a public address still lacks, with the line to write."""

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from slackhub import env

MAKE_KEY = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


@register(Tags.security)
def check_public_hub(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """On loopback secrets are made and servers are embedded; in public they must be given."""
    if settings.LOOPBACK:
        return []
    found: list[CheckMessage] = []
    if settings.SECRET_KEY == "unset":
        found.append(
            _missing(
                "SECRET_KEY",
                "SECRET_KEY=<the output of: python -c 'import secrets; "
                "print(secrets.token_urlsafe(50))'>",
                "slackhub.E001",
            )
        )
    if not settings.FIELD_ENCRYPTION_KEYS:
        found.append(
            _missing(
                "FIELD_ENCRYPTION_KEYS",
                f"FIELD_ENCRYPTION_KEYS=<the output of: {MAKE_KEY}>",
                "slackhub.E002",
            )
        )
    if not env.text("DATABASE_URL"):
        line = "DATABASE_URL=postgresql://slackhub:password@db.example.com:5432/slackhub"
        found.append(_missing("DATABASE_URL", line, "slackhub.E004"))
    if not env.text("REDIS_URL"):
        line = "REDIS_URL=redis://redis.example.com:6379/0"
        found.append(_missing("REDIS_URL", line, "slackhub.E005"))
    if not settings.HTTPS:
        found.append(
            Error(
                "PUBLIC_URL is not https: Slack only talks to https addresses.",
                hint=f"Set PUBLIC_URL=https://{settings.PUBLIC_HOST}",
                id="slackhub.E006",
            )
        )
    return found


@register(Tags.security)
def check_encryption_keys(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """A key that Fernet refuses would only be noticed at the first install."""
    return [
        Error(
            f"Key number {number} of FIELD_ENCRYPTION_KEYS is not a Fernet key.",
            hint=f"Make one with: {MAKE_KEY}",
            id="slackhub.E003",
        )
        for number, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1)
        if not _is_key(key)
    ]


def _missing(name: str, line: str, code: str) -> Error:
    return Error(
        f"{name} is not set, and the hub has a public address.", hint=f"Set {line}", id=code
    )


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
