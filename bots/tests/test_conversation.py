"""hi, help and about, said in a channel or to the bot alone."""

from datetime import UTC, datetime

import pytest

from bots.models import InboxEvent
from bots.tasks import handle_event
from bots.tests.hub import Hub
from broadcasts.models import Engine
from sandbox.testing import wait_until
from teams.models import SlackApp, Team


def handled(kind: str) -> bool:
    """Whether an event of this type has been dealt with."""
    done = InboxEvent.objects.exclude(state=InboxEvent.State.KEPT)
    return done.filter(type=kind).exists()


@pytest.mark.parametrize("text", ["hi", "HI!", " <@{bot}> hi", "\u00a0hi\u00a0"])
def test_hi_in_a_direct_message(hub: Hub, text: str) -> None:
    team, other = hub.workspace(), hub.workspace()

    said = hub.say(team, text.format(bot=team.bot_user_id))

    reply = hub.reply(team)
    assert reply["text"] == f"Hi <@{hub.people(team)[0]}>!"
    assert reply["channel"] == said["channel"]
    assert hub.replies(other) == []


def test_help_lists_the_commands(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "help")

    text = hub.reply(team)["text"]
    assert all(f"`{name}`" in text for name in ("hi", "help", "about"))


def test_about_names_the_app(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "about")

    assert hub.slack_app.name in hub.reply(team)["text"]


def test_what_the_bot_does_not_know_gets_a_way_on(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "make coffee")

    assert "`help`" in hub.reply(team)["text"]


@pytest.mark.parametrize("text", ["<@{bot}> hi", "<@{bot}>: hi", "<@{bot}>\u00a0HI"])
def test_hi_by_mention_in_a_channel(hub: Hub, text: str) -> None:
    team = hub.workspace()
    channel, user = hub.channel(team), hub.people(team)[0]

    hub.say(team, text.format(bot=team.bot_user_id), channel=channel)

    reply = hub.reply(team)
    assert (reply["text"], reply["channel"]) == (f"Hi <@{user}>!", channel)


def test_one_mention_gets_one_reply_though_it_comes_as_two_events(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, f"<@{team.bot_user_id}> help", channel=hub.channel(team))
    wait_until(lambda: handled("app_mention") and handled("message"))

    assert len(hub.replies(team)) == 1


def test_the_bare_name_gets_the_about_text(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, f"<@{team.bot_user_id}>", channel=hub.channel(team))

    assert hub.slack_app.name in hub.reply(team)["text"]


def test_chatter_among_people_is_left_alone(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "hi <@U1>, help!", channel=hub.channel(team))
    wait_until(lambda: handled("message"))

    assert hub.replies(team) == []


@pytest.mark.parametrize(
    "said",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed", "message": {"text": "hi"}},
        {"user": "USLACKBOT"},
        {"edited": {"user": "U1", "ts": "1.0"}},
    ],
)
def test_bots_and_edits_are_left_alone(hub: Hub, said: dict[str, object]) -> None:
    team = hub.workspace()
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": "hi"}

    hub.send(team, event | said)
    wait_until(lambda: handled("message"))

    assert hub.replies(team) == []


def test_its_own_words_are_left_alone(hub: Hub) -> None:
    team = hub.workspace()
    event = {"type": "message", "channel": "D1", "channel_type": "im", "text": "hi"}

    hub.send(team, event | {"user": team.bot_user_id})
    wait_until(lambda: handled("message"))

    assert hub.replies(team) == []


def test_a_question_in_a_thread_is_answered_there(hub: Hub) -> None:
    team = hub.workspace()
    user = hub.people(team)[0]
    question = hub.say(team, "good morning")
    wait_until(lambda: len(hub.replies(team)) == 1)
    event = {"type": "message", "channel": question["channel"], "channel_type": "im", "user": user}

    hub.send(team, event | {"text": "hi", "ts": "9.9", "thread_ts": question["ts"]})
    wait_until(lambda: len(hub.replies(team)) == 2)

    assert hub.replies(team)[1]["thread_ts"] == question["ts"]


@pytest.mark.parametrize("hold", ["team", "app", "engine"])
def test_nothing_is_said_while_posting_is_held(hub: Hub, hold: str) -> None:
    team = hub.workspace()
    if hold == "team":
        Team.objects.filter(pk=team.pk).update(state=Team.State.PAUSED)
    elif hold == "app":
        SlackApp.objects.filter(pk=hub.slack_app.pk).update(held=True)
    else:
        Engine.objects.update_or_create(pk=1, defaults={"hold_reason": "A copy."})

    hub.say(team, "hi")
    wait_until(lambda: handled("message"))

    assert hub.replies(team) == []


def test_a_reply_that_finds_the_token_dead_disconnects_the_team(http_hub: Hub) -> None:
    team, other = http_hub.workspace(), http_hub.workspace()
    where = {"app_id": http_hub.slack_app.app_id, "team_id": team.team_id}
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": "hi"}
    body = {"type": "event_callback", "event_id": "Ev1", "team_id": team.team_id, "event": event}
    http_hub.slack.control("POST", "revoke", where | {"event": False})
    InboxEvent.objects.keep(http_hub.slack_app, body, datetime.now(UTC))

    handle_event(InboxEvent.objects.get().pk)

    team.refresh_from_db()
    other.refresh_from_db()
    assert team.state == Team.State.DISCONNECTED
    assert other.state == Team.State.CONNECTED
