"""A bot in one file: permissions, help, order, threads, errors, events, files, names."""

import pytest

from bots.models import InboxEvent
from bots.scripts.serving import SORRY
from bots.tests.hub import Hub
from bots.tests.writing import (
    answer,
    answers,
    directly,
    in_channel,
    let_customize,
    make_bot,
    settled,
)
from sandbox.testing import wait_until
from teams.models import Team
from teams.tests.factories import make_person

pytestmark = pytest.mark.usefixtures("bot_files")


def test_b105_whoever_may_not_gets_nothing(hub: Hub) -> None:
    team = hub.workspace()
    Team.objects.filter(pk=team.pk).update(installer_id="U2")
    make_bot(hub)

    directly(hub, team, "keys")
    settled()
    assert hub.replies(team) == []
    directly(hub, team, "keys", user="U2")

    assert answer(hub, team) == "Here are the keys."


def test_b105_or_a_sentence(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub)
    make_person(team, slack_id="U3", email="Ann@example.com")
    guest = hub.people(team)[1]
    make_person(other, slack_id=guest, email="ann@example.com")

    directly(hub, team, "safe", user=guest)
    answers(hub, team, 1)
    directly(hub, team, "safe", user="U3")

    assert answers(hub, team, 2) == ["Only admins may.", "The safe is open."]


def test_b106_help_is_made_from_docstrings(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)

    hub.say(team, "help")

    text = answer(hub, team)
    assert "*rubybot*: Sells fruit." in text
    assert "• `tomato` (`🍅`, `помидор`) sells one tomato" in text
    assert "`hi` says hello" in text
    assert "or the kind" not in text


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("tomato", "or the kind that follows: tomato red"),
        ("echo", "Nobody has described `echo`."),
        ("coffee", "There is no command `coffee`."),
    ],
)
def test_b106_help_about_one_command(hub: Hub, about: str, text: str) -> None:
    team = hub.workspace()
    make_bot(hub)

    hub.say(team, f"help {about}")

    assert text in answer(hub, team)


@pytest.mark.parametrize(("position", "reply"), [(1, "One tomato: "), (3, "My own tomato.")])
def test_b107_the_order_in_the_admin_decides(hub: Hub, position: int, reply: str) -> None:
    team = hub.workspace()
    make_bot(hub, "second", position=2)
    make_bot(hub, position=position)

    directly(hub, team, "tomato")

    assert answer(hub, team) == reply


@pytest.mark.parametrize(
    ("said", "reply"),
    [("green tea", "By name."), ("black tea", "By a pattern."), ("coffee", "By anything.")],
)
def test_b083_names_before_patterns_before_anything(hub: Hub, said: str, reply: str) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub, "ranks").teams.add(team)

    hub.say(team, said)
    hub.say(other, said)

    assert answers(hub, team) == [reply]
    assert reply not in answers(hub, other)


def test_b084_the_first_answer_wins_unless_it_lets_others_go_on(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "shop second")

    directly(hub, team, "tomato")
    answers(hub, team, 1)
    directly(hub, team, "both")

    assert answers(hub, team, 3) == ["One tomato: ", "First.", "Second."]


def test_b108_a_question_in_a_thread_is_answered_there(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)
    question = hub.say(team, "tomato")
    answer(hub, team)

    directly(hub, team, "tomatoes", channel=question["channel"], thread_ts=question["ts"])

    answers(hub, team, 2)
    assert hub.replies(team)[1]["thread_ts"] == question["ts"]


def test_b109_a_listener_that_raises(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    team = hub.workspace()
    make_bot(hub)

    directly(hub, team, "break")
    answer(hub, team)
    directly(hub, team, "tomatoes")

    assert answers(hub, team, 2) == [SORRY, "Many tomatoes."]
    failed = wait_until(lambda: InboxEvent.objects.filter(state="failed").first())
    assert failed
    assert failed.error == "RuntimeError: a secret trace"
    assert 'raise RuntimeError("a secret trace")' in caplog.text


def test_b027_one_function_listens_for_several_events(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)
    event = {"user": "U1", "reaction": "stop", "channel": hub.channel(team)}

    for kind in ("reaction_added", "reaction_removed"):
        hub.send(team, event | {"type": kind})
        answers(hub, team)

    assert answers(hub, team, 2) == ["reaction_added stop", "reaction_removed stop"]


def test_b027_what_listens_twice_is_called_twice(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "nosy")
    event = {"user": "U1", "channel": hub.channel(team)}

    for kind in ("reaction_removed", "reaction_added"):
        hub.send(team, event | {"type": kind, "reaction": "tea"})
        wait_heard(kind)

    assert answers(hub, team, 3) == ["reaction_removed tea", *["reaction_added tea"] * 2]


def wait_heard(kind: str, count: int = 1) -> None:
    """Until so many events of this type have been dealt with."""
    done = InboxEvent.objects.filter(type=kind, state="handled")
    wait_until(lambda: done.count() == count)


def test_b110_events_go_to_all_that_listen_until_one_says_stop(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)
    event = {"type": "reaction_added", "user": "U1", "channel": hub.channel(team)}

    for count, reaction in enumerate(("tea", "stop"), 1):
        hub.send(team, event | {"reaction": reaction})
        wait_heard("reaction_added", count)

    expected = ["reaction_added tea", "again", "reaction_added stop"]
    assert answers(hub, team, 3) == expected


def test_b112_files_in_a_direct_message(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)
    files = {"subtype": "file_share", "files": [{"name": "tea.pdf"}]}

    in_channel(hub, team, "", **files)
    directly(hub, team, "", **files, user="USLACKBOT")
    settled(2)
    assert hub.replies(team) == []
    directly(hub, team, "", **files)

    assert answer(hub, team) == "Filed tea.pdf."


def test_where_the_scope_for_names_is_not_granted_the_answer_comes_without(hub: Hub) -> None:
    team = hub.workspace()
    Team.objects.filter(pk=team.pk).update(scopes="chat:write")
    make_bot(hub, username="Tea", icon=":tea:")

    said = hub.say(team, "tomato red")

    assert answer(hub, team) == "One tomato: red"
    assert ">Tea<" not in hub.seen(team, said["channel"], hub.people(team)[0])


def test_b118_name_and_icon_of_the_bot_and_of_one_message(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, username="Tea", icon=":tea:")
    let_customize(hub, team)

    said = hub.say(team, "shout")

    answers(hub, team, 2)
    path = f"workspaces/{team.team_id}/channels/{said['channel']}/messages"
    seen = hub.slack.control("GET", f"{path}?user={hub.people(team)[0]}")["messages"]
    assert [(each["username"], each["icons"]) for each in seen if each.get("bot_id")] == [
        ("Tea", {"emoji": ":tea:"}),
        ("Shouter", {"emoji": ":mega:"}),
    ]


def test_help_repeats_nobodys_shouts(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub)

    directly(hub, team, "help ` <!channel> <https://example.com|x>" + "y" * 9_000)

    assert "<" not in answer(hub, team)
    assert len(answer(hub, team)) < 300
