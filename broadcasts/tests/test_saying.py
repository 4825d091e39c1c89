"""Talking on command: what is written into the ledger, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from broadcasts.models import Delivery, Saying
from broadcasts.posting import target_of
from broadcasts.saying import NotSaidError, say, say_everywhere, say_to
from teams.models import Team
from teams.tests.factories import make_channel, make_person, make_team

pytestmark = pytest.mark.django_db

WAITS = "Waits for its turn."


def test_said_in_a_channel_it_is_one_row_of_that_team() -> None:
    team, other = make_team(), make_team()
    channel = make_channel(team, name="kitchen")
    make_channel(other, name="kitchen")

    saying = say(team, "#kitchen", "Lunch", said_by="ada")

    delivery = saying.deliveries.get()
    assert (delivery.team, delivery.recipient) == (team, channel)
    assert delivery.payload is not None
    assert delivery.payload["text"] == "Lunch"
    assert Delivery.objects.count() == 1


def test_said_twice_with_one_key_it_is_said_once() -> None:
    team = make_team()
    first = say_to(team, "U1", "Lunch", key="lunch")

    second = say_to(team, "U1", "Supper", key="lunch")

    assert second == first
    assert Delivery.objects.count() == 1


def test_said_twice_without_a_key_it_is_said_twice() -> None:
    team = make_team()

    for _ in range(2):
        say_to(team, "U1", "Lunch")

    assert Delivery.objects.count() == 2


def test_a_key_is_good_for_one_place() -> None:
    """The second team would be forgotten in silence."""
    team, other = make_team(), make_team()
    for each in (team, other):
        make_channel(each, slack_id=f"C{each.pk}", name="kitchen")
    say(team, "#kitchen", "Lunch", key="lunch")

    with pytest.raises(NotSaidError, match="By the key lunch"):
        say(other, "#kitchen", "Lunch", key="lunch")
    with pytest.raises(NotSaidError, match="By the key lunch"):
        say_to(team, "U1", "Lunch", key="lunch")
    with pytest.raises(NotSaidError, match="By the key lunch"):
        say_everywhere([other], "Lunch", key="lunch")

    assert Delivery.objects.count() == 1


def test_a_dm_by_its_id_is_its_persons() -> None:
    """Whose quiet hours and whose no count there, too."""
    team, other = make_team(), make_team()
    person = make_person(team, dm_channel="D1")
    make_person(other, dm_channel="D1")

    delivery = say(team, "D1", "Lunch").deliveries.get()

    assert (delivery.recipient, delivery.slack_id) == (person, "D1")
    assert delivery.target == target_of(team, person.slack_id)


def test_everywhere_is_every_channel_that_the_bot_is_in() -> None:
    team, other = make_team(), make_team()
    inside = [make_channel(team), make_channel(team)]
    make_channel(team, is_member=False)
    make_channel(team, is_deactivated=True)
    make_channel(other)
    make_person(team)

    saying = say_everywhere([team], "Lunch")

    assert [delivery.recipient for delivery in saying.deliveries] == inside


def test_a_channel_that_teams_share_is_told_once() -> None:
    teams = [make_team(), make_team()]
    for team in teams:
        make_channel(team, slack_id="C0SHARED")

    saying = say_everywhere(teams, "Lunch")

    assert saying.deliveries.count() == 1


def test_a_disconnected_team_is_left_out_of_everywhere() -> None:
    team, gone = make_team(), make_team(state=Team.State.DISCONNECTED)
    make_channel(team)
    make_channel(gone)

    saying = say_everywhere([team, gone], "Lunch")

    assert saying.deliveries.get().team == team


def test_the_report_of_one_saying_tells_nothing_of_another() -> None:
    team = make_team()
    first = say(team, "C1", "Lunch")
    others = [say(team, "C2", "Supper") for _ in range(10)]

    lines = first.report()

    assert [line.place for line in lines] == ["C1"]
    assert others[-1].report()[0].sentence == WAITS


def test_what_waits_tells_what_keeps_it_back() -> None:
    team, other = make_team(state=Team.State.PAUSED, state_reason="By staff."), make_team()

    lines = [say(each, "C1", "Lunch").report()[0] for each in (team, other)]

    assert [line.sentence for line in lines] == ["The team is paused. By staff.", WAITS]


@pytest.mark.parametrize(
    ("place", "text", "manner", "reason"),
    [
        ("C1", " ", {}, "nothing to say"),
        ("C1", "x" * 4001, {}, "4,001 characters"),
        ("C1", "Hi", {"blocks": ["no block"]}, "Block 1"),
        ("C1", "Hi", {"icon": "tada"}, "emoji"),
        ("C1", "Hi", {"key": "k" * 101}, "key"),
        ("U1", "Hi", {}, "U1 is no channel ID"),
        ("Cafeteria", "Hi", {}, "Cafeteria is no channel ID"),
        ("C" * 33, "Hi", {}, "is no channel ID"),
        ("#nowhere", "Hi", {}, "#nowhere not at all"),
        ("#twice", "Hi", {}, "#twice more than once"),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_sentence(
    place: str, text: str, manner: dict[str, Any], reason: str
) -> None:
    team = make_team()
    make_channel(make_team(), name="nowhere")
    for _ in range(2):
        make_channel(team, name="twice")

    with pytest.raises(NotSaidError, match=reason):
        say(team, place, text, **manner)

    assert not Saying.objects.exists()


def test_nothing_is_said_to_a_disconnected_team() -> None:
    with pytest.raises(NotSaidError, match="disconnected"):
        say(make_team(state=Team.State.DISCONNECTED), "C1", "Hi")


def test_blocks_alone_bring_their_words_as_the_text() -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Lunch"}}

    saying = say(make_team(), "C1", "", blocks=[block])

    assert saying.content["text"] == "Lunch"


def test_what_was_said_long_ago_is_forgotten() -> None:
    saying, fresh = say(make_team(), "C1", "Hi"), say(make_team(), "C1", "Hi")
    long_ago = datetime(2025, 1, 1, tzinfo=UTC)
    Saying.objects.filter(pk=saying.pk).update(created_at=long_ago)

    Saying.objects.forget(datetime(2025, 6, 1, tzinfo=UTC))

    assert list(Saying.objects.all()) == [fresh]
