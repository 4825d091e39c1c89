"""Secrets at rest: a text column that PostgreSQL only ever sees encrypted.

The key list is FIELD_ENCRYPTION_KEYS: the first key encrypts, every key decrypts, so that a key
is rotated by putting the new one first and running `manage.py rotate_keys`.
"""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class UndecryptableSecret(ValueError):
    """A stored secret fits none of FIELD_ENCRYPTION_KEYS: put the key that encrypted it back."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def _keys() -> MultiFernet:
    if not settings.FIELD_ENCRYPTION_KEYS:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is not set: nothing can be encrypted.")
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def encrypt(plain: str) -> str:
    """The secret under the first key; an empty secret stays empty."""
    return _keys().encrypt(plain.encode()).decode() if plain else ""


def decrypt(stored: str) -> str:
    """The secret again.

    Raises:
        UndecryptableSecret: no key of the list fits.
    """
    try:
        return _keys().decrypt(stored.encode()).decode() if stored else ""
    except InvalidToken as error:
        raise UndecryptableSecret from error


def is_current(stored: str) -> bool:
    """Whether the first key of the list has encrypted this."""
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Plain text in Python, a Fernet token in the database; cannot be filtered by its value."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value is not None else None

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value is not None else None
