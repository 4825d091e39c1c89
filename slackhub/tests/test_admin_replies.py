"""Replies in the admin: checked as they are saved, tried before they go live."""

import pytest
from django.test import Client

from bots.models import Bot, Reply
from slackhub.tests.rows import make_viewer
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db

ADD = "/admin/bots/reply/add/"


def fields(**others: object) -> dict[str, object]:
    data = {"kind": "exact", "trigger": "menu", "text": "Soup", "place": "same", "order": 100}
    return data | others


def tried(staff: Client, reply: Reply, said: str) -> str:
    page = staff.get(f"/admin/bots/reply/{reply.pk}/change/", {"said": said})
    return page.content.decode()


def test_a_new_reply_is_off(staff: Client) -> None:
    staff.post(ADD, fields())

    assert not Reply.objects.get(trigger="menu").enabled


def test_a_bad_pattern_is_refused_with_its_place_and_kept_as_typed(staff: Client) -> None:
    response = staff.post(ADD, fields(kind="regexp", trigger="menu (a"))

    form = response.context["adminform"].form
    assert form.errors["trigger"] == ["Character 6: missing ): menu (a."]
    assert form["trigger"].value() == "menu (a"
    assert not Reply.objects.exists()


@pytest.mark.parametrize("text", ["Hi {{ frist_name }}", "Hi {% if %}"])
def test_a_text_that_cannot_be_filled_in_is_refused(staff: Client, text: str) -> None:
    response = staff.post(ADD, fields(text=text))

    assert "text" in response.context["adminform"].form.errors


def test_a_reply_is_tried_before_it_is_on(staff: Client) -> None:
    reply = Reply.objects.create(
        kind="regexp", trigger="(?P<what>soup|cake)", text="{{ match.what }}: <b>"
    )

    assert "cake: &lt;b&gt;" in tried(staff, reply, "any CAKE?").lower()
    assert "does not answer that" in tried(staff, reply, "hello")


def test_the_trial_names_a_reply_that_comes_first(staff: Client) -> None:
    make_team()
    reply = Reply.objects.create(trigger="menu", text="Soup")
    first = Reply.objects.create(
        kind="contains", trigger="menu", text="Cake", order=1, enabled=True
    )

    assert "contains “menu”" in tried(staff, reply, "menu")

    reply.teams.add(make_team())
    first.teams.add(make_team())
    assert "contains “menu”" not in tried(staff, reply, "menu")


def test_the_trial_knows_the_turn_of_each_bot(staff: Client) -> None:
    app = make_team().slack_app
    early, late = (Bot.objects.create(slack_app=app, name=f"b{n}", position=n) for n in (1, 2))
    reply = Reply.objects.create(trigger="menu", text="Soup", bot=late, order=1)
    other = Reply.objects.create(trigger="menu", text="Cake", bot=early, enabled=True)

    assert "another one answers first" in tried(staff, reply, "b2: menu")
    assert "another one answers first" not in tried(staff, other, "b1: menu")


def test_a_reply_of_a_bot_is_for_teams_that_the_bot_serves(staff: Client) -> None:
    team, other = make_team(), make_team()
    bot = Bot.objects.create(slack_app=team.slack_app, name="tea")

    refused = staff.post(ADD, fields(bot=bot.pk, teams=[team.pk, other.pk]))
    staff.post(ADD, fields(bot=bot.pk, teams=[team.pk]))

    errors = refused.context["adminform"].form.errors
    assert errors["teams"] == ["Choose teams that its bot serves."]
    assert list(Reply.objects.get().teams.all()) == [team]


def test_who_may_only_look_is_offered_no_trial(client: Client) -> None:
    client.force_login(make_viewer())
    reply = Reply.objects.create(trigger="menu", text="Soup")

    assert "What somebody says" not in tried(client, reply, "menu")
