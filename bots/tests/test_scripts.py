"""A bot in one file, spoken to as people do, by its behaviours' numbers."""

import pytest

from bots.scripts.serving import UNKNOWN
from bots.tests.hub import Hub
from bots.tests.writing import answer, answers, directly, in_channel, make_bot, settled

pytestmark = pytest.mark.usefixtures("bot_files")


@pytest.mark.parametrize("said", ["rubybot hi", "rubybot: hi", "RUBYBOT hi"])
def test_b093_it_answers_to_its_name(hub: Hub, said: str) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub)

    in_channel(hub, team, said)

    assert answer(hub, team) == f"Hi <@{hub.people(team)[0]}>!"
    assert hub.replies(other) == []


@pytest.mark.parametrize("said", ["<@{bot}> hi", "<@{bot}>: hi"])
def test_b093_it_answers_to_a_mention(hub: Hub, said: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    hub.say(team, said.format(bot=team.bot_user_id), channel=hub.channel(team))

    assert answer(hub, team) == f"Hi <@{hub.people(team)[0]}>!"


def test_b094_in_a_direct_message_without_its_name(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)

    hub.say(team, "tomato red")

    assert answer(hub, team) == "One tomato: red"


@pytest.mark.parametrize("said", ["rubybot", "<@{bot}>", "rubybot:"])
def test_b095_its_bare_name_gets_the_about_text(hub: Hub, said: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    hub.say(team, said.format(bot=team.bot_user_id), channel=hub.channel(team))

    assert answer(hub, team).startswith(f"I am {hub.slack_app.name}")


@pytest.mark.parametrize("said", ["🍵 🍅", "чай помидор", "c++ tomato", ":tea: TOMATO"])
def test_b096_aliases(hub: Hub, said: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, said)

    assert answer(hub, team) == "One tomato: "


@pytest.mark.parametrize("said", ["rubybotbot hi", "чайник помидор", "c++x tomato"])
def test_b097_a_name_within_a_longer_word_is_none(hub: Hub, said: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, said)
    settled()

    assert hub.replies(team) == []


def test_b098_a_command_within_a_longer_word_is_none(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)

    directly(hub, team, "automato")

    assert answer(hub, team) == UNKNOWN


@pytest.mark.parametrize("said", ["good morning", ":(("])
def test_b099_chatter_gets_no_answer(hub: Hub, said: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, said)
    settled()

    assert hub.replies(team) == []


def test_b099_what_it_does_not_know_gets_an_answer_unless_that_is_off(hub: Hub) -> None:
    team, quiet = hub.workspace(), hub.workspace()
    make_bot(hub).teams.add(team)
    make_bot(hub, answers_unknown=False).teams.add(quiet)

    in_channel(hub, quiet, "rubybot make coffee")
    in_channel(hub, team, "rubybot make coffee")

    assert answer(hub, team) == UNKNOWN
    settled(2)
    assert hub.replies(quiet) == []


def test_b100_blanks_and_lines(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)

    directly(hub, team, " \u00a0tomato\u00a0red\nand green ")

    assert answer(hub, team) == "One tomato: red\nand green"


@pytest.mark.parametrize(
    ("said", "reply"), [("tomatoes", "Many tomatoes."), ("(", "A bracket."), ("tomato", "One")]
)
def test_b101_names_are_told_apart(hub: Hub, said: str, reply: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    directly(hub, team, said)

    assert answer(hub, team).startswith(reply)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("weather in Paris?", "Rain in Paris."),
        ("look at ABC-1 and DE-22", "ABC-1 and DE-22"),
        ("=2+2", "You ask for 2+2."),
    ],
)
def test_b102_patterns_scans_and_operators(hub: Hub, said: str, reply: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, said)

    assert answer(hub, team) == reply


@pytest.mark.parametrize(
    ("attachment", "reply"),
    [({"text": "deploy hub"}, "Deployed: hub"), ({"footer": "alarm"}, "Alarm!")],
)
def test_b103_attachments_by_field(hub: Hub, attachment: dict[str, str], reply: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, "", bot_id="B9", subtype="bot_message", attachments=[attachment])

    assert answer(hub, team) == reply


@pytest.mark.parametrize("attachment", [{"footer": "deploy hub"}, {"text": "alarm"}])
def test_b103_other_fields_are_not_looked_at(hub: Hub, attachment: dict[str, str]) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, "", bot_id="B9", subtype="bot_message", attachments=[attachment])
    settled()

    assert hub.replies(team) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B9"},
        {"user": "USLACKBOT"},
        {"edited": {"ts": "1.1"}},
        {"subtype": "message_changed", "message": {"user": "U1", "text": "rubybot hi"}},
    ],
)
def test_b104_bots_and_edits_are_ignored(hub: Hub, fields: dict[str, object]) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, "rubybot hi", **fields)
    settled()

    assert hub.replies(team) == []


def test_b104_no_text_is_no_message(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, None)
    settled()

    assert hub.replies(team) == []


@pytest.mark.parametrize("whose", ["bot_user_id", "bot_id"])
def test_b104_its_own_words_are_ignored(hub: Hub, whose: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    field = {"bot_user_id": "user", "bot_id": "bot_id"}[whose]
    in_channel(hub, team, "rubybot hi", **{field: getattr(team, whose)})
    settled()

    assert hub.replies(team) == []


@pytest.mark.parametrize("fields", [{"bot_id": "B9"}, {"edited": {"ts": "1.1"}}])
def test_b104_a_listener_may_ask_for_them(hub: Hub, fields: dict[str, object]) -> None:
    team = hub.workspace()
    make_bot(hub)

    in_channel(hub, team, "rubybot echo on", **fields)

    assert answer(hub, team) == "Echo: on"


def test_b104_what_a_listener_asks_for_goes_before_what_its_bot_does(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "nosy")

    channel = hub.channel(team)
    in_channel(hub, team, "rubybot shy", bot_id="B9", channel=channel)
    in_channel(hub, team, "rubybot count", bot_id="B9", channel=channel)
    in_channel(hub, team, "rubybot count", user=team.bot_user_id, channel=channel)
    settled(3)

    assert answers(hub, team, 2) == ["Counted.", "Counted."]


@pytest.mark.parametrize(
    ("said", "reply"),
    [("<@{bot}> tomato red", "One tomato: red"), ("a tomato, <@{bot}>? ABC-1", "ABC-1")],
)
def test_b111_a_command_stands_behind_the_mention_at_the_start(
    hub: Hub, said: str, reply: str
) -> None:
    team = hub.workspace()
    make_bot(hub)

    hub.say(team, said.format(bot=team.bot_user_id), channel=hub.channel(team))

    assert answer(hub, team) == reply
