from typing import Any

import pytest

from bots.addressing import is_spoken, words_for

BOT = "UB1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@UB1> hi", "hi"),
        ("<@UB1>: hi", "hi"),
        ("<@UB1>, hi", "hi"),
        ("<@UB1>hi", "hi"),
        ("<@UB1|hub> hi", "hi"),
        ("  <@UB1>\u00a0 hi \u00a0 there\n", "hi there"),
        ("<@UB1>", ""),
        ("hi", None),
        ("<@U2> hi", None),
        ("hi <@UB1>", None),
        ("", None),
    ],
)
def test_in_a_channel_the_bot_is_meant_when_named_first(text: str, words: str | None) -> None:
    assert words_for(BOT, text, direct=False) == words


@pytest.mark.parametrize(
    ("text", "words"), [("hi", "hi"), ("<@UB1> hi", "hi"), ("<@U2> hi", "<@U2> hi"), (" ", "")]
)
def test_in_a_direct_message_the_bot_is_always_meant(text: str, words: str) -> None:
    assert words_for(BOT, text, direct=True) == words


@pytest.mark.parametrize(
    "event",
    [
        {"user": "U1", "subtype": "message_changed"},
        {"user": "U1", "subtype": "channel_join"},
        {"user": "U1", "bot_id": "B1"},
        {"user": "U1", "edited": {"ts": "1.0"}},
        {"user": "USLACKBOT"},
        {"text": "nobody"},
    ],
)
def test_only_what_people_say_counts(event: dict[str, Any]) -> None:
    assert not is_spoken(event)


@pytest.mark.parametrize("event", [{"user": "U1"}, {"user": "U1", "subtype": "file_share"}])
def test_what_people_say_counts(event: dict[str, Any]) -> None:
    assert is_spoken(event)
