"""The buttons under a broadcast, pressed in the sandbox."""

import re
from typing import Any

import pytest

from bots.tests.hub import Hub
from broadcasts import buttons
from broadcasts.buttons import ButtonValue, opt_out_block
from broadcasts.models import Broadcast, OptOut
from broadcasts.tests.factories import make_broadcast
from sandbox.testing import wait_until
from teams import slack
from teams.answers import Ok
from teams.models import Recipient, Team
from teams.tests.factories import make_channel, make_person, make_team

STOPPED = "this message will not come to you again"


def post(team: Team, broadcast: Broadcast, recipient: Recipient) -> dict[str, Any]:
    """The broadcast's message to the recipient, with its button."""
    return send(team, recipient.slack_id, [opt_out_block(broadcast.pk, recipient.pk)])


def send(team: Team, slack_id: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    answer = slack.call(
        "chat.postMessage", token=team.bot_token, channel=slack_id, text="News", blocks=blocks
    )
    assert isinstance(answer, Ok)
    return dict(answer.data)


def test_a_person_stops_a_broadcast(hub: Hub) -> None:
    team, broadcast, other = hub.workspace(), make_broadcast(), make_broadcast()
    person = hub.person(team)
    message = post(team, broadcast, person)

    status = hub.press(team, message, buttons.OPT_OUT, person.slack_id)

    assert status == 200
    assert OptOut.objects.filter(broadcast=broadcast, recipient=person).exists()
    assert not OptOut.objects.filter(broadcast=other).exists()
    assert hub.sees(team, message, person.slack_id, STOPPED)


def test_under_a_message_that_is_tried_it_says_so_and_stops_nothing(hub: Hub) -> None:
    team = hub.workspace()
    person = hub.person(team)
    message = send(team, person.slack_id, [opt_out_block(buttons.TRIAL, person.pk)])

    hub.press(team, message, buttons.OPT_OUT, person.slack_id)

    assert hub.sees(team, message, person.slack_id, "sent to try it")
    assert not OptOut.objects.exists()


def test_stopping_twice_is_stopping_once(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person = hub.person(team)
    message = post(team, broadcast, person)

    statuses = [hub.press(team, message, buttons.OPT_OUT, person.slack_id) for _ in range(2)]

    assert statuses == [200, 200]
    assert OptOut.objects.count() == 1


def test_in_a_channel_a_person_speaks_for_himself(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    channel = make_channel(team, slack_id=hub.channel(team))
    presser, bystander = hub.people(team)[:2]
    message = post(team, broadcast, channel)

    hub.press(team, message, buttons.OPT_OUT, presser)

    assert list(OptOut.objects.values_list("recipient__slack_id", flat=True)) == [presser]
    assert hub.sees(team, message, presser, STOPPED)
    assert STOPPED not in hub.seen(team, message["channel"], bystander)


def test_the_same_person_through_another_app_is_out_as_well(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person = hub.person(team)
    double = make_person(make_team(team_id=team.team_id), slack_id=person.slack_id)
    namesake = make_person(make_team(), slack_id=person.slack_id)

    hub.press(team, post(team, broadcast, person), buttons.OPT_OUT, person.slack_id)

    out = set(OptOut.objects.values_list("recipient", flat=True))
    assert out == {person.pk, double.pk}
    assert namesake.pk not in out


def test_somebody_elses_button_does_nothing(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person, (_, presser, *_) = hub.person(team), hub.people(team)
    channel = hub.channel(team)
    message = send(team, channel, [opt_out_block(broadcast.pk, person.pk)])

    status = hub.press(team, message, buttons.OPT_OUT, presser)

    assert status == 200
    assert hub.sees(team, message, presser, "only they can press it")
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("value", ["7", "made-up", '{"b": 1, "r": 1}:forged'])
def test_a_forged_button_does_nothing(hub: Hub, value: str) -> None:
    team = hub.workspace()
    person = hub.person(team)
    element = buttons.button(buttons.OPT_OUT, "Stop", ButtonValue(1, person.pk)) | {"value": value}
    message = send(team, person.slack_id, [buttons.actions(element)])

    status = hub.press(team, message, buttons.OPT_OUT, person.slack_id)

    assert status == 200
    assert hub.sees(team, message, person.slack_id, "does not work any more")
    assert not OptOut.objects.exists()


def test_another_teams_button_does_nothing(hub: Hub) -> None:
    team, other, broadcast = hub.workspace(), hub.workspace(), make_broadcast()
    person, stranger = hub.person(team), hub.person(other)
    block = opt_out_block(broadcast.pk, stranger.pk)
    message = send(team, person.slack_id, [block])

    hub.press(team, message, buttons.OPT_OUT, person.slack_id)

    assert hub.sees(team, message, person.slack_id, "does not work any more")
    assert not OptOut.objects.exists()


def test_everything_can_be_stopped_and_come_back(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person = hub.person(team)
    message = post(team, broadcast, person)

    hub.press(team, message, buttons.OPT_OUT, person.slack_id)
    answer = message | {"ts": answer_with(hub, team, message, person, buttons.OPT_OUT_OF_ALL)}
    hub.press(team, answer, buttons.OPT_OUT_OF_ALL, person.slack_id)
    person.refresh_from_db()
    was_out = person.opted_out_at is not None
    answer_with(hub, team, message, person, buttons.RESUME_ALL)
    hub.press(team, answer, buttons.RESUME_ALL, person.slack_id)

    person.refresh_from_db()
    assert was_out
    assert person.opted_out_at is None


def test_a_stopped_broadcast_can_come_back(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person = hub.person(team)
    message = post(team, broadcast, person)

    hub.press(team, message, buttons.OPT_OUT, person.slack_id)
    answer = message | {"ts": answer_with(hub, team, message, person, buttons.RESUME)}
    hub.press(team, answer, buttons.RESUME, person.slack_id)

    assert not OptOut.objects.exists()
    assert hub.sees(team, message, person.slack_id, "will come to you again")


def answer_with(
    hub: Hub, team: Team, message: dict[str, Any], person: Recipient, action_id: str
) -> str:
    """The ts of the hub's answer that has this button, once it is there."""
    button = re.compile(rf'id="press-([\d.]+)-{action_id}"')
    found = wait_until(lambda: button.search(hub.seen(team, message["channel"], person.slack_id)))
    assert found is not None
    return found[1]
