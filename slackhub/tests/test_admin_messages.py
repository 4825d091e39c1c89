"""Messages in the admin: checked when saved, and sent to oneself first."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from broadcasts.buttons import TRIAL, opt_out_block
from broadcasts.models import Delivery, Message
from broadcasts.tests.factories import make_message
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def test_a_message_that_cannot_be_sent_is_not_saved(staff: Client) -> None:
    data = {"name": "Menu", "text": "Hi {{ frist_name }}", "blocks": ""}

    response = staff.post("/admin/broadcasts/message/add/", data)

    assert "frist_name" in str(response.context["adminform"].form.errors)
    assert not Message.objects.exists()


def test_blocks_that_are_refused_come_back_as_typed(staff: Client) -> None:
    typed = '{"type":  "divider"}'

    response = staff.post("/admin/broadcasts/message/add/", {"name": "Menu", "blocks": typed})

    assert response.context["adminform"].form["blocks"].value() == typed


def test_sending_a_message_to_oneself_writes_one_delivery(staff: Client) -> None:
    message = make_message(text="Hello {{ first_name }}")
    me = make_person(make_team(), first_name="Ada")
    make_person(make_team(), first_name="Somebody else")
    page = f"/admin/broadcasts/message/{message.pk}/send-to/"
    nonce = staff.get(page).context["form"]["nonce"].value()

    for _ in range(2):
        staff.post(page, {"recipient": me.pk, "nonce": nonce})

    delivery = Delivery.objects.get()
    assert delivery.recipient == me
    assert delivery.payload is not None
    assert delivery.payload["text"] == "Hello Ada"


def test_gone_back_to_the_page_still_sends_to_somebody_else(staff: Client) -> None:
    """A browser keeps the hidden field then."""
    message, people = make_message(), [make_person(make_team()), make_person(make_team())]

    for person in people:
        page = f"/admin/broadcasts/message/{message.pk}/send-to/"
        staff.post(page, {"recipient": person.pk, "nonce": "1"})

    assert [row.recipient for row in Delivery.objects.order_by("pk")] == people


def test_what_is_tried_shows_as_the_real_one_would(staff: Client) -> None:
    message = make_message(text="Lunch", sender_name="Town Crier", sender_icon=":bell:")
    me = make_person(make_team())
    page = f"/admin/broadcasts/message/{message.pk}/send-to/"

    staff.post(page, {"recipient": me.pk, "nonce": "1"})

    payload = Delivery.objects.get().payload
    assert payload is not None
    assert (payload["username"], payload["icon_emoji"]) == ("Town Crier", ":bell:")
    assert payload["blocks"][0]["text"]["text"] == "Lunch"
    assert payload["blocks"][1] == opt_out_block(TRIAL, me.pk)


def test_a_message_is_not_sent_to_whoever_opted_out(staff: Client) -> None:
    message = make_message()
    person = make_person(make_team(), opted_out_at=datetime.now(UTC))
    page = f"/admin/broadcasts/message/{message.pk}/send-to/"

    response = staff.post(page, {"recipient": person.pk, "nonce": "1"})

    assert b"cannot be written to" in response.content
    assert not Delivery.objects.exists()
