"""What a trigger answers to, and what is said of one that cannot be read."""

import time

import pytest

from bots.triggers import CONTAINS, EXACT, REGEXP, STARTS, BadPattern, check, match


@pytest.mark.parametrize(
    ("kind", "trigger", "words"),
    [
        (EXACT, "hi there", "Hi  there!".replace("  ", " ")),
        (EXACT, "Меню", "меню?"),
        (EXACT, ":pizza:", ":pizza:"),
        (STARTS, "menu", "MENU for tomorrow"),
        (STARTS, "menu", "menu, please"),
        (CONTAINS, "lunch", "when is lunch?"),
        (CONTAINS, "(", "what is ( for"),
        (CONTAINS, "größe", "Welche GRÖSSE? welche Größe?"),
        (REGEXP, r"^book (\d+)", "Book 12 seats"),
    ],
)
def test_it_answers(kind: str, trigger: str, words: str) -> None:
    assert match(kind, trigger, words) is not None


@pytest.mark.parametrize(
    ("kind", "trigger", "words"),
    [
        (EXACT, "hi", "hi there"),
        (STARTS, "menu", "the menu"),
        (STARTS, "bot", "rubybotbot"),
        (REGEXP, r"^book \d+$", "book a table"),
    ],
)
def test_it_does_not_answer(kind: str, trigger: str, words: str) -> None:
    assert match(kind, trigger, words) is None


def test_b098_a_word_inside_another_word_is_no_match() -> None:
    assert match(CONTAINS, "undo", "ask edmundo") is None
    assert match(CONTAINS, "undo", "please undo it") is not None
    assert match(CONTAINS, "oma", "Ömaö") is None


def test_b101_tomato_and_tomatoes_are_told_apart_and_a_parenthesis_is_safe() -> None:
    assert match(STARTS, "tomato", "tomatoes") is None
    assert match(EXACT, "tomatoes", "tomato") is None
    assert match(EXACT, "(", "(") is not None


def test_b102_named_groups_are_found() -> None:
    found = match(REGEXP, r"weather in (?P<city>\pL+)(?P<soon> tomorrow)?", "Weather in Köln")

    assert found == {"city": "Köln", "soon": ""}


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("(", 1),
        ("(a)(b", 4),
        ("x(a))b", 5),
        ("ab[c", 3),
        ("ü**", 2),
        ("a*|*", 4),
        (r"\(?=(?=a)", 5),
        ("ab\\", 3),
        ("a{2000}", 2),
        (r"(a)\1", 4),
        ("x(?P<n", 2),
    ],
)
def test_a_bad_pattern_is_refused_with_its_place(pattern: str, place: int) -> None:
    with pytest.raises(BadPattern, match=rf"^Character {place}: "):
        check(pattern)


def test_no_pattern_takes_long_over_any_text() -> None:
    start = time.process_time()

    assert match(REGEXP, "(a*)*(a|a)*$b", "a" * 10_000) is None

    assert time.process_time() - start < 1
