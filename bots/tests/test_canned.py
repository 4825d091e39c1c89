"""Replies that staff have written, said in the sandbox."""

from typing import Any

import pytest

from bots.canned import Reply
from bots.models import InboxEvent
from bots.scripts.serving import SORRY
from bots.tests.hub import Hub
from bots.tests.test_conversation import handled
from bots.tests.writing import answer, answers, in_channel, let_customize, make_bot, settled
from sandbox.testing import wait_until
from teams.models import Team
from teams.tests.factories import make_app, make_person, make_team


def make_reply(*, teams: tuple[Team, ...] = (), **fields: Any) -> Reply:
    reply = Reply.objects.create(**{"trigger": "menu", "text": "Soup", "enabled": True} | fields)
    reply.teams.set(teams)
    return reply


def test_a_reply_without_code_is_filled_in_for_whoever_asks(hub: Hub) -> None:
    team = hub.workspace()
    user = hub.people(team)[0]
    make_person(team, slack_id=user, first_name="Ada <!channel>")
    make_reply(
        kind=Reply.Kind.REGEXP,
        trigger=r"weather in (?P<city>\w+)",
        text="{{ first_name }}, <@{{ user_id }}>: {{ match.city }} at {{ team }}, {{ words }}",
    )

    hub.say(team, "weather in Rome <now>")

    said = f"<@{user}>: Rome at {team.name}, weather in Rome"
    assert hub.reply(team)["text"].startswith(f"Ada &lt;!channel&gt;, {said}")


def test_b108_a_reply_goes_to_the_thread_root_of_the_question(hub: Hub) -> None:
    team = hub.workspace()
    channel = hub.channel(team)
    make_reply(place=Reply.Place.SAME)
    root = hub.say(team, "who knows?", channel=channel)

    hub.say(team, f"<@{team.bot_user_id}> menu", channel=channel, thread_ts=root["ts"])

    reply = hub.reply(team)
    assert (reply["text"], reply["thread_ts"]) == ("Soup", root["ts"])


def test_a_reply_opens_a_thread_where_staff_want_one(hub: Hub) -> None:
    team = hub.workspace()
    channel = hub.channel(team)
    make_reply(place=Reply.Place.THREAD)

    said = hub.say(team, f"<@{team.bot_user_id}> menu", channel=channel)

    assert hub.reply(team)["thread_ts"] == said["ts"]


def test_b092_of_a_text_that_fails_the_person_hears_and_staff_see_why(hub: Hub) -> None:
    team = hub.workspace()
    make_reply(text="{{ 1 | divided_by: 0 }}")

    hub.say(team, "menu")

    assert hub.reply(team)["text"] == SORRY
    failed = InboxEvent.objects.filter(state=InboxEvent.State.FAILED)
    assert wait_until(lambda: failed.filter(error__startswith="TemplateError").exists())


def test_what_no_reply_answers_goes_on_to_the_commands(hub: Hub) -> None:
    team = hub.workspace()
    make_reply(enabled=False, trigger="hi")
    make_reply(teams=(make_team(),), trigger="hi")

    hub.say(team, "hi")

    assert hub.reply(team)["text"].startswith("Hi <@")


def test_b099_chatter_in_a_channel_gets_no_reply(hub: Hub) -> None:
    team = hub.workspace()
    make_reply()

    hub.say(team, "menu", channel=hub.channel(team))
    wait_until(lambda: handled("message"))

    assert hub.replies(team) == []


def test_a_reply_of_a_bot_is_heard_by_its_name_in_its_teams(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()
    bot = make_bot(hub, "", username="Rita", icon=":tea:")
    bot.teams.add(team)
    let_customize(hub, team)
    make_reply(bot=bot)

    in_channel(hub, other, "rubybot menu")
    in_channel(hub, team, "RubyBot: menu")

    assert answer(hub, team) == "Soup"
    assert ">Rita<" in hub.seen(team, hub.reply(team)["channel"], hub.people(team)[0])
    settled(2)
    assert hub.replies(other) == []


@pytest.mark.usefixtures("bot_files")
def test_b107_replies_of_bots_are_asked_in_the_order_of_the_bots(hub: Hub) -> None:
    team = hub.workspace()
    make_reply(bot=make_bot(hub, name="second", position=2), trigger="tomato", text="Reply")
    first = make_bot(hub, name="first", position=1)

    hub.say(team, "tomato red")
    answers(hub, team)
    make_reply(bot=first, kind="starts", trigger="tomato", text="Its reply before its file")
    hub.say(team, "tomato red")

    assert answers(hub, team, 2) == ["One tomato: red", "Its reply before its file"]


def test_replies_of_a_bot_that_is_off_say_nothing(hub: Hub) -> None:
    team = hub.workspace()
    make_reply(bot=make_bot(hub, "", enabled=False), trigger="hi")
    make_reply(bot=make_bot(hub, "", slack_app=make_app()), trigger="hi")

    hub.say(team, "hi")

    assert hub.reply(team)["text"].startswith("Hi <@")


@pytest.mark.django_db
def test_b107_of_two_replies_the_order_set_by_staff_decides() -> None:
    team = make_team()
    make_reply(text="second", order=2)
    make_reply(text="first", order=1)

    found = Reply.objects.heard_by(team).find("menu")

    assert found is not None
    assert found.reply.text == "first"


@pytest.mark.django_db
def test_a_reply_for_some_teams_is_not_heard_by_another() -> None:
    app = make_app()
    ours, others = make_team(app), make_team(app)
    everywhere, here = make_reply(order=2), make_reply(order=1, teams=(ours,))

    found = [list(Reply.objects.heard_by(team)) for team in (ours, others)]

    assert found == [[here, everywhere], [everywhere]]


@pytest.mark.django_db
def test_a_person_of_another_team_is_not_who_asked() -> None:
    team, other = make_team(), make_team()
    make_person(other, slack_id="U1", first_name="Eve")
    make_reply(text="Hi {{ first_name | default: 'you' }}")

    found = Reply.objects.heard_by(team).find("menu")

    assert found is not None
    assert found.text_for(team, "U1") == "Hi you"
