"""Columns for the ledger's statements arrive as they were given."""

import pytest
from django.db import connection

from broadcasts.sending.arrays import numbers, texts

pytestmark = pytest.mark.django_db


def read(array: str, kind: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array])
        (values,) = cursor.fetchone()
    return list(values)


@pytest.mark.parametrize(
    "values",
    [[], [""], ["a", "", "NULL"], ['say "x"', "back\\slash", "{1,2}", "a,b"], ["ä\n\t", "b"]],
)
def test_texts(values: list[str]) -> None:
    assert read(texts(values, 100), "text") == values


def test_texts_lose_what_no_database_takes() -> None:
    assert read(texts(["a\0b", "cut \ud83d", "\U0001f600"], 100), "text") == [
        "ab",
        "cut ",
        "\U0001f600",
    ]


def test_long_texts_are_cut() -> None:
    assert read(texts(["abcdef", 'ab"def'], 3), "text") == ["abc", 'ab"']


def test_numbers() -> None:
    assert read(numbers([1, None, -2]), "bigint") == [1, None, -2]
    assert read(numbers([0.25, 1e-9, 3e20]), "float") == [0.25, 1e-9, 3e20]
    assert read(numbers([]), "int") == []
