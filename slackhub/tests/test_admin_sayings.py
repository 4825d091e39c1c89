"""Talking as a bot in the admin."""

from typing import Any

import pytest
from django.test import Client

from bots.models import Bot
from broadcasts.models import Delivery, Saying
from broadcasts.saying import say, say_everywhere, say_to
from broadcasts.tests.sending import connect_app, connect_team, running_sender
from sandbox.testing import RunningSandbox, wait_until
from slackhub.tests.rows import make_staff
from teams.models import Recipient, Team
from teams.tests.factories import make_channel, make_person, make_team

pytestmark = pytest.mark.django_db

ADD = "/admin/broadcasts/saying/add/"


def typed(**fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("recipient", "team", "bot", "text", "blocks", "name", "icon"), "")
    return {**empty, "nonce": "1", "text": "Lunch", **fields}


def make_bot(team: Team, **fields: Any) -> Bot:
    return Bot.objects.create(slack_app=team.slack_app, name="Cook", **fields)


def test_said_to_one_it_is_one_delivery_however_often_it_is_pressed(staff: Client) -> None:
    me = make_person(make_team())
    make_person(make_team())
    page = staff.get(ADD)
    assert "Say it" in page.content.decode()
    nonce = page.context["adminform"].form["nonce"].value()

    for _ in range(2):
        page = staff.post(ADD, typed(recipient=me.pk, nonce=nonce, name="Cook", icon=":stew:"))

    saying = Saying.objects.get()
    assert page.headers["Location"] == f"/admin/broadcasts/saying/{saying.pk}/change/"
    assert saying.said_by.startswith("user-")
    assert saying.deliveries.get().recipient == me
    assert (saying.content["username"], saying.content["icon_emoji"]) == ("Cook", ":stew:")


def test_a_page_that_is_filled_in_again_says_the_other_thing_too(staff: Client) -> None:
    """A browser that goes back keeps the hidden field; what is said then is not the same."""
    first, second = make_person(make_team()), make_person(make_team())

    for person, text in ((first, "Lunch"), (second, "Lunch"), (first, "Supper")):
        staff.post(ADD, typed(recipient=person.pk, text=text))

    said = [(row.recipient, row.payload and row.payload["text"]) for row in deliveries()]
    assert said == [(first, "Lunch"), (second, "Lunch"), (first, "Supper")]


def deliveries() -> list[Delivery]:
    return list(Delivery.objects.order_by("pk").select_related("recipient"))


def test_said_to_a_team_it_goes_to_the_channels_that_the_bot_is_in(staff: Client) -> None:
    team = make_team()
    inside = make_channel(team)
    make_channel(team, is_member=False)
    make_channel(make_team())

    staff.post(ADD, typed(team=team.pk))

    assert Delivery.objects.get().recipient == inside


def test_a_bot_lends_its_name_and_icon_and_what_is_typed_wins(staff: Client) -> None:
    person = make_person(make_team())
    bot = make_bot(person.team, username="The cook", icon=":stew:")

    staff.post(ADD, typed(recipient=person.pk, bot=bot.pk, icon=":tea:"))

    content = Saying.objects.get().content
    assert (content["username"], content["icon_emoji"]) == ("The cook", ":tea:")


def test_a_bot_speaks_only_where_it_serves(staff: Client) -> None:
    person, other = make_person(make_team()), make_team()
    bot = make_bot(other)

    page = staff.post(ADD, typed(recipient=person.pk, bot=bot.pk))

    assert "does not serve" in page.content.decode()
    assert not Saying.objects.exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "one of them"),
        ({"recipient": "person", "team": "team"}, "one of them"),
        ({"recipient": "bot"}, "Not to be written to"),
        ({"team": "empty"}, "The bot is in no channel there"),
        ({"recipient": "person", "text": ""}, "nothing to say"),
        ({"recipient": "person", "icon": "stew"}, "must be an emoji"),
        ({"recipient": "person", "blocks": '{"type": "divider"}'}, "must be a list"),
    ],
)
def test_what_cannot_be_said_is_refused_and_kept_as_typed(
    staff: Client, fields: dict[str, str], reason: str
) -> None:
    team = make_team()
    make_channel(team)
    rows = {
        "person": make_person(team).pk,
        "bot": make_person(team, is_bot=True).pk,
        "team": team.pk,
        "empty": make_team().pk,
    }

    page = staff.post(
        ADD, typed(**{name: rows.get(value, value) for name, value in fields.items()})
    )

    assert reason in page.content.decode()
    assert not Saying.objects.exists()


def test_its_page_reports_each_place(staff: Client) -> None:
    team = make_team()
    for name in ("kitchen", "cellar"):
        make_channel(team, name=name)
    saying = say_everywhere([team], "Lunch")
    make_channel(team, name="attic")
    failed = saying.deliveries.last()
    assert failed
    Delivery.objects.filter(pk=failed.pk).update(state="failed", error_text="It is archived.")

    page = staff.get(f"/admin/broadcasts/saying/{saying.pk}/change/")

    text = page.content.decode()
    assert "Ready: 1, Failed: 1" in text
    assert ("#kitchen" in text, "#cellar" in text, "#attic" in text) == (True, True, False)
    assert "It is archived." in text


@pytest.mark.django_db(transaction=True)
def test_what_was_said_is_edited_reacted_to_and_taken_away(
    slack: RunningSandbox, staff: Client
) -> None:
    team = connect_team(slack, 1, app=connect_app(slack, "reactions:write"))
    saying = say_to(team, Recipient.objects.get(team=team).slack_id, "Lunch")
    with running_sender():
        wait_until(lambda: saying.is_done, 15)
    page = f"/admin/broadcasts/saying/{saying.pk}/amend/"

    told = [
        staff.post(page, {"what": what, "text": "Supper", "emoji": "tada"}, follow=True)
        for what in ("edit", "react", "delete", "delete")
    ]

    sentences = [str(next(iter(each.context["messages"]))) for each in told]
    assert sentences == [*["Changed: 1."] * 3, "There was nothing left to change."]


def test_an_answer_of_slack_to_a_change_is_told(staff: Client) -> None:
    team = make_team(state="paused")
    saying = say(team, "C1", "Lunch")
    saying.deliveries.update(state="sent", channel="C1", ts="1.1")

    page = staff.post(
        f"/admin/broadcasts/saying/{saying.pk}/amend/", {"what": "delete"}, follow=True
    )

    assert [str(message) for message in page.context["messages"]] == [
        "C1: The team is paused.",
        "Left as they are: 1. Ask again in a moment for the rest.",
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"what": "react"}, "Name an emoji"), ({"what": "edit", "text": " "}, "nothing to say")],
)
def test_a_change_without_content_is_refused(
    staff: Client, fields: dict[str, str], reason: str
) -> None:
    saying = say(make_team(), "C1", "Lunch")

    page = staff.post(f"/admin/broadcasts/saying/{saying.pk}/amend/", fields)

    assert reason in page.content.decode()


def test_only_who_may_change_sayings_changes_what_was_said(client: Client) -> None:
    saying = say(make_team(), "C1", "Lunch")
    client.force_login(make_staff("broadcasts.view_saying", "broadcasts.add_saying"))

    page = client.post(f"/admin/broadcasts/saying/{saying.pk}/amend/", {"what": "delete"})

    assert page.status_code == 403
    assert saying.deliveries.get().state == Delivery.State.READY
