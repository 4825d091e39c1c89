"""Putting every stored secret under the first key of FIELD_ENCRYPTION_KEYS."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Model, TextField
from django.db.models.functions import Cast

from teams.crypto import EncryptedTextField, UndecryptableSecret, decrypt, is_current

BATCH = 500


@dataclass
class Rotation:
    """What became of the secrets of one column."""

    column: str
    current: int = 0
    rotated: int = 0
    undecryptable: list[int] = field(default_factory=list)


def rotate() -> Iterator[Rotation]:
    """Column by column, as they are done.

    Each row is a statement of its own: it can be stopped and run again at any time, also while the
    hub is at work.
    """
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, EncryptedTextField):
                yield _rotate_column(model, column.name)


def _rotate_column(model: type[Model], name: str) -> Rotation:
    result = Rotation(f"{model._meta.label}.{name}")
    for pk, stored in _stored(model, name):
        try:
            if is_current(stored):
                result.current += 1
            elif _replace(model, name, pk, stored):
                result.rotated += 1
        except UndecryptableSecret:
            result.undecryptable.append(pk)
    return result


def _stored(model: type[Model], name: str) -> Iterator[tuple[int, str]]:
    """What the database holds, encrypted as it is, in pages by primary key."""
    rows = model._default_manager.annotate(stored=Cast(name, TextField())).exclude(stored="")
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "stored")[:BATCH]):
        yield from page
        last = page[-1][0]


def _replace(model: type[Model], name: str, pk: int, stored: str) -> bool:
    """Unless it has changed since: then it is under the first key already."""
    unchanged = model._default_manager.annotate(stored=Cast(name, TextField())).filter(
        pk=pk, stored=stored
    )
    return unchanged.update(**{name: decrypt(stored)}) == 1
