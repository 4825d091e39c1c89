"""To whom is it said, and which listener is meant: rules as tables."""

import pytest

from bots.scripts import rules
from bots.scripts.hearing import Hears, Said, kind_of, mentions, message_in, words_to
from teams.models import Team

NAMES = ("rubybot", "🍵", "чай", "c++", ":tea:")


def said(words: str | None, text: str = "") -> Said:
    return Said(
        team=Team(),
        user="U1",
        channel="C1",
        thread_ts=None,
        ts="1.1",
        text=text or words or "",
        words=words,
        is_direct=False,
        kind=Hears.PEOPLE,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rubybot hi", "hi"),
        ("rubybot: hi", "hi"),
        ("RUBYBOT, hi", "hi"),
        ("<@UBOT> hi", "hi"),
        ("<@UBOT|rubybot>: hi", "hi"),
        ("rubybot", ""),
        ("🍵 hi", "hi"),
        (":tea: hi", "hi"),
        ("ЧАЙ hi", "hi"),
        ("c++ hi", "hi"),
        ("\u00a0rubybot\u00a0hi ", "hi"),
        ("rubybot hi\nthere", "hi\nthere"),
        ("rubybotbot hi", None),
        ("c++x hi", None),
        ("hi rubybot", None),
        ("<@U2> hi", None),
    ],
)
def test_the_name_stands_at_the_beginning(text: str, words: str | None) -> None:
    assert words_to(NAMES, text, bot_user_id="UBOT", direct=False) == words


def test_in_a_direct_message_everything_is_meant() -> None:
    assert words_to(NAMES, " hi ", bot_user_id="UBOT", direct=True) == "hi"


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("undo", ""),
        ("UNDO it", "it"),
        ("undo\nthe\nlot", "the\nlot"),
        ("undo!", ""),
        ("undo, please", "please"),
        ("edmundo", None),
        ("undone", None),
        ("please undo", None),
        (None, None),
    ],
)
def test_a_command_is_a_word_of_its_own(words: str | None, rest: str | None) -> None:
    found = rules.command(("undo",))(said(words))

    assert (found.rest if found else None) == rest


def test_the_longer_of_two_names_wins() -> None:
    found = rules.command(("set", "set name"))(said("set name Ann"))

    assert found
    assert found.rest == "Ann"


def test_an_operator_is_one_character() -> None:
    with pytest.raises(ValueError, match="'=='"):
        rules.operator("==")


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"user": "U1"}, Hears.PEOPLE),
        ({"user": "USLACKBOT"}, Hears.BOTS),
        ({"bot_id": "B2", "subtype": "bot_message"}, Hears.BOTS),
        ({"user": "UBOT", "bot_id": "B1"}, Hears.ITSELF),
        ({"user": "U1", "edited": {"ts": "1"}}, Hears.EDITS),
    ],
)
def test_whose_words_they_are(event: dict[str, object], kind: Hears) -> None:
    assert kind_of(event, event, bot_user_id="UBOT", bot_id="B1") == kind


def test_an_edit_that_changes_no_word_is_none() -> None:
    same = {"text": "hi", "user": "U1"}

    event = {"subtype": "message_changed", "message": same, "previous_message": same}

    assert message_in(event) is None


def test_slacks_own_notices_are_no_messages() -> None:
    assert message_in({"subtype": "channel_join", "text": "joined"}) is None


def test_a_mention_counts_wherever_it_stands() -> None:
    assert mentions("UBOT", "ask <@UBOT> that")
    assert not mentions("UBOT", "ask <@UBOTX> that")
