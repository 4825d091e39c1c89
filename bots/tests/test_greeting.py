"""A bot is added to a channel, or leaves it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from bots.greeting import greet
from bots.models import Bot
from bots.tests.hub import Hub
from broadcasts.models import Delivery
from sandbox.testing import wait_until
from teams.events import apply_event
from teams.models import Recipient, SlackApp, Team
from teams.tests.factories import make_app, make_team


def make_bot(app: SlackApp, *, teams: tuple[Team, ...] = (), **fields: Any) -> Bot:
    bot = Bot.objects.create(**{"name": "tea", "slack_app": app, "greeting": "Hello"} | fields)
    bot.teams.set(teams)
    return bot


def move(hub: Hub, team: Team, channel: str, **how: Any) -> None:
    body = {"app_id": hub.slack_app.app_id} | how
    path = f"workspaces/{team.team_id}/channels/{channel}/members"
    hub.slack.control("POST", path, body)


def is_in(team: Team, channel: str) -> bool:
    return Recipient.objects.filter(team=team, slack_id=channel, is_member=True).exists()


def greetings() -> list[Delivery]:
    return list(Delivery.objects.filter(key__startswith="greeting:").order_by("pk"))


def test_b047_a_bot_that_joins_greets_and_one_that_leaves_is_out(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub.slack_app, greeting="Hello {{ team }}, thanks to <@{{ inviter_id }}>")
    user = hub.people(team)[0]

    channel = _add(hub, team, user)
    wait_until(lambda: is_in(team, channel) and greetings())
    move(hub, team, channel, leave=True)
    wait_until(lambda: not is_in(team, channel))
    move(hub, team, channel, by=user)
    wait_until(lambda: is_in(team, channel) and len(greetings()) == 2)

    first, again = greetings()
    assert first.payload is not None
    assert first.payload["text"] == f"Hello {team.name}, thanks to <@{user}>"
    assert (first.slack_id, again.slack_id) == (channel, channel)
    assert not is_in(other, channel)


def _add(hub: Hub, team: Team, by: str) -> str:
    path = f"workspaces/{team.team_id}/channels"
    channel = str(hub.slack.control("POST", path, {"name": "kitchen"})["id"])
    move(hub, team, channel, by=by)
    return channel


def news(kind: str, team: Team, **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "user": team.bot_user_id,
        "channel": "C1",
        "event_ts": "1800000000.000100",
    } | fields


def hear(team: Team, event: dict[str, Any]) -> None:
    apply_event(team, event)
    greet(team, event)


@pytest.mark.django_db
def test_b047_news_that_comes_twice_or_of_somebody_else_greets_nobody_more() -> None:
    team = make_team()
    make_bot(team.slack_app)

    for event in (
        news("member_joined_channel", team, user="U1", channel="C2"),
        news("member_joined_channel", team),
        news("member_joined_channel", team),
        news("member_left_channel", team, event_ts="1800000100.000100"),
        news("member_left_channel", team, event_ts="1800000100.000100"),
        news("member_joined_channel", team, event_ts="1800000050.000100"),
    ):
        hear(team, event)

    assert [delivery.slack_id for delivery in greetings()] == ["C1"]
    assert not is_in(team, "C1")


@pytest.mark.django_db
def test_only_bots_that_serve_the_team_and_have_something_to_say_greet() -> None:
    app = make_app()
    team, other = make_team(app), make_team(app)
    make_bot(app, teams=(team, other), greeting="ours", icon=":tea:", username="Tea")
    make_bot(app, teams=(other,), greeting="of another team")
    make_bot(make_app(), greeting="of another app")
    make_bot(app, enabled=False, greeting="off")
    make_bot(app, greeting="")

    hear(team, news("member_joined_channel", team))

    (greeting,) = greetings()
    assert greeting.team == team
    shown = {"text": "ours", "blocks": None, "username": "Tea", "icon_emoji": ":tea:"}
    assert greeting.payload == shown


@pytest.mark.django_db
def test_a_greeting_that_fails_for_this_team_keeps_no_other_bot_from_its_own() -> None:
    team = make_team()
    make_bot(team.slack_app, greeting="{{ team | times: 2 | modulo: 0.0 }}")
    make_bot(team.slack_app, greeting="Hello")

    hear(team, news("member_joined_channel", team))

    assert [greeting.payload["text"] for greeting in greetings() if greeting.payload] == ["Hello"]


@pytest.mark.django_db
def test_without_the_scope_for_its_name_a_bot_greets_as_the_app() -> None:
    team = make_team(scopes="chat:write")
    make_bot(team.slack_app, username="Tea")

    hear(team, news("member_joined_channel", team))

    assert greetings()[0].payload == {"text": "Hello", "blocks": None}


@pytest.mark.django_db
@pytest.mark.parametrize("greeting", ["Hi {{ first_name }}", "Hi {% if %}"])
def test_a_greeting_that_cannot_be_filled_in_is_refused(greeting: str) -> None:
    bot = make_bot(make_app(), greeting=greeting)

    with pytest.raises(ValidationError) as refused:
        bot.full_clean()

    assert list(refused.value.message_dict) == ["greeting"]
