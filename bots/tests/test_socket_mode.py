"""What Slack sends over a socket goes the way of what it sends over HTTP."""

import json
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from slack_bolt import Ack

from bots.models import InboxEvent
from bots.registry import app_for
from bots.tests.hub import Hub
from bots.tests.socketing import (
    control_answer,
    make_socket_hub,
    quick_steps,
    running_bots,
    wait_for_sockets,
)
from broadcasts import buttons
from broadcasts.buttons import opt_out_block
from broadcasts.models import Delivery, OptOut
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from sandbox.testing import RunningSandbox, wait_until
from teams import slack as door
from teams.answers import Ok
from teams.evidence import DELIVERY_EVENT

State = InboxEvent.State


@pytest.fixture
def hub(
    slack: RunningSandbox,
    transactional_db: None,
    worker: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Hub]:
    quick_steps(monkeypatch)
    hub = make_socket_hub(slack, connections=2)
    with running_bots():
        wait_for_sockets(slack, hub.slack_app, 2)
        yield hub


def test_b093_a_bot_answers_over_a_socket(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "hi")

    assert hub.reply(team)["text"] == f"Hi <@{hub.people(team)[0]}>!"
    assert InboxEvent.objects.get(type="message").slack_app == hub.slack_app


def test_b089_an_event_is_acknowledged_before_its_listener_ends(hub: Hub) -> None:
    team, may_end = hub.workspace(), Event()
    app_for(hub.slack_app).event("pin_added")(lambda event: may_end.wait(10))

    event_id = hub.send(team, {"type": "pin_added", "user": "U1"})
    attempts = hub.acknowledged(event_id)
    waiting = InboxEvent.objects.get(event_id=event_id).state
    may_end.set()

    assert [attempt["status"] for attempt in attempts] == [200]
    assert waiting == State.KEPT


def test_b090_an_event_that_comes_thrice_is_handled_once(hub: Hub) -> None:
    team, heard = hub.workspace(), []
    app_for(hub.slack_app).event("pin_added")(lambda event: heard.append(event["user"]))

    for _ in range(3):
        hub.send(team, {"type": "pin_added", "user": "U1"}, event_id="Ev0000THRICE")
    wait_until(lambda: len(hub.attempts("Ev0000THRICE")) == 3)
    wait_until(InboxEvent.objects.filter(state=State.HANDLED).exists)

    assert [attempt["status"] for attempt in hub.attempts("Ev0000THRICE")] == [200, 200, 200]
    assert heard == ["U1"]


def test_b091_an_event_of_an_unknown_team_is_acknowledged_and_logged(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = hub.workspace()
    unknown.lane.delete()
    unknown.delete()

    event_id = hub.send(unknown, {"type": "pin_added", "user": "U1"})

    assert [attempt["status"] for attempt in hub.acknowledged(event_id)] == [200]
    wait_until(InboxEvent.objects.filter(error__contains=unknown.team_id).exists)


def test_b085_an_event_that_nothing_listens_for_is_acknowledged(hub: Hub) -> None:
    event_id = hub.send(hub.workspace(), {"type": "star_added", "user": "U1"})

    assert [attempt["status"] for attempt in hub.acknowledged(event_id)] == [200]


def test_what_cannot_be_kept_keeps_nothing_else_from_being_kept(hub: Hub) -> None:
    team = hub.workspace()

    odd = hub.send(team, {"type": "pin_added", "user": "U\0"}, event_id="E" * 64)
    good = hub.send(team, {"type": "pin_added", "user": "U1"})

    assert hub.acknowledged(odd)
    assert hub.acknowledged(good)
    assert InboxEvent.objects.count() == 2


def test_b086_a_command_is_answered_in_its_acknowledgement(hub: Hub) -> None:
    team = hub.workspace()

    def tea(ack: Ack, command: dict[str, Any]) -> None:
        ack(f"{command['text']}, coming")

    app_for(hub.slack_app).command("/tea")(tea)
    order = {"team_id": team.team_id, "user": hub.people(team)[0], "command": "/tea"}

    answer = control_answer(hub, "command", order | {"text": "Green"})

    assert (answer["status"], json.loads(answer["body"])["text"]) == (200, "Green, coming")


def test_b087_a_button_works_over_a_socket(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person = hub.person(team)
    posted = door.call(
        "chat.postMessage",
        token=team.bot_token,
        channel=person.slack_id,
        text="News",
        blocks=[opt_out_block(broadcast.pk, person.pk)],
    )
    assert isinstance(posted, Ok)

    status = hub.press(team, posted.data, buttons.OPT_OUT, person.slack_id)

    assert status == 200
    assert OptOut.objects.filter(broadcast=broadcast, recipient=person).exists()


def test_what_slack_tells_of_a_post_of_ours_settles_its_delivery(hub: Hub) -> None:
    team = hub.workspace()
    person = hub.person(team)
    delivery = make_delivery(make_run(make_broadcast(teams=(team,))), person, state="unknown")
    metadata = {"event_type": DELIVERY_EVENT, "event_payload": {"delivery_id": str(delivery.pk)}}
    event = {
        "type": "message_metadata_posted",
        "app_id": hub.slack_app.app_id,
        "team_id": team.team_id,
        "channel_id": "D0000001",
        "message_ts": "4000000000.000100",
        "metadata": metadata,
    }

    hub.acknowledged(hub.send(team, event))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.ts) == (Delivery.State.SENT, "4000000000.000100")
    assert not InboxEvent.objects.exists()


def test_the_home_and_the_hubs_command_work_over_a_socket(hub: Hub) -> None:
    team = hub.workspace()
    user = hub.people(team)[0]
    where = {"team_id": team.team_id, "user": user, "app_id": hub.slack_app.app_id}

    hub.slack.control("POST", "home", where)
    answer = hub.slack.control("POST", "command", where | {"command": "/hub", "text": "help"})

    path = f"workspaces/{team.team_id}/users/{user}/views?app_id={hub.slack_app.app_id}"
    home = wait_until(lambda: hub.slack.control("GET", path)["home"])
    assert hub.slack_app.name in str(home)
    assert "/hub preferences" in answer["body"]
