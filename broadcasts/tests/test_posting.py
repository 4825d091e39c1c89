"""Posts outside broadcasts: one row by key."""

import pytest

from broadcasts.models import Delivery
from broadcasts.posting import post
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def test_post_means_one_row_of_that_team() -> None:
    team, other = make_team(), make_team()
    person = make_person(team)
    make_person(other, slack_id=person.slack_id)

    delivery = post(team, key="welcome:1", slack_id=person.slack_id, text="Hello")

    assert (delivery.team, delivery.recipient) == (team, person)
    assert delivery.state == Delivery.State.READY
    assert delivery.payload == {"text": "Hello", "blocks": None}


def test_the_same_key_again_does_nothing() -> None:
    team = make_team()
    first = post(team, key="welcome:1", slack_id="U1", text="Hello")

    second = post(team, key="welcome:1", slack_id="U1", text="Changed")

    assert second.pk == first.pk
    assert second.payload == {"text": "Hello", "blocks": None}
