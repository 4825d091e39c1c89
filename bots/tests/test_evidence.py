"""What Slack tells of our posts settles deliveries, past Bolt and past the inbox."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from bots import evidence
from bots.models import InboxEvent
from bots.tests.hub import Hub
from broadcasts.models import Copy, Delivery, Engine
from broadcasts.sending.metadata import TOLD, UNTOLD
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.sending import FAST, expanded_run, running_sender
from sandbox.testing import wait_until
from teams import slack
from teams.answers import Ok
from teams.models import SlackApp, Team
from teams.tests.factories import make_person

State = Delivery.State


@pytest.fixture
def told(http_hub: Hub) -> Hub:
    """The hub, whose app is told of its posts as its manifest says."""
    app_id = http_hub.slack_app.app_id
    subscription = {"app_id": app_id, "event_type": TOLD}
    http_hub.slack.control("PUT", f"apps/{app_id}", {"metadata_subscriptions": [subscription]})
    return http_hub


def unknown(hub: Hub, team: Team, **fields: Any) -> Delivery:
    person = make_person(team, slack_id=hub.people(team)[0])
    return make_delivery(make_run(), person, state=State.UNKNOWN, attempt=1, **fields)


def post(
    delivery: Delivery, *, event_type: str = TOLD, hub: dict[str, str] | None = None
) -> tuple[str, str]:
    """Put the delivery's message into Slack behind the ledger's back; channel and ts.

    As before posts named their hub, unless one is given.
    """
    payload = {"delivery_id": str(delivery.pk), "attempt": 1} | (hub or {})
    answer = slack.for_team(delivery.team).call(
        "chat.postMessage",
        channel=delivery.slack_id,
        text="hello",
        metadata={"event_type": event_type, "event_payload": payload},
    )
    assert isinstance(answer, Ok)
    return str(answer.data["channel"]), str(answer.data["ts"])


def in_state(delivery: Delivery, state: str) -> bool:
    return Delivery.objects.filter(pk=delivery.pk, state=state).exists()


def test_a_post_that_slack_tells_of_is_sent(told: Hub) -> None:
    delivery, other = unknown(told, told.workspace()), unknown(told, told.workspace())

    place = post(delivery)
    wait_until(lambda: in_state(delivery, State.SENT))

    delivery.refresh_from_db()
    assert (delivery.channel, delivery.ts) == place
    assert in_state(other, State.UNKNOWN)
    assert not InboxEvent.objects.exists()


def test_a_post_of_another_hub_that_serves_the_same_app_settles_nothing(told: Hub) -> None:
    delivery, other = (unknown(told, told.workspace()) for _ in range(2))

    post(delivery, hub={"hub": "another"})
    post(other, hub={"hub": Engine.get().hub_id})
    wait_until(lambda: in_state(other, State.SENT))

    (event,) = [
        each
        for each in told.slack.control("GET", "events")
        if each["type"] == "message_metadata_posted" and each["team_id"] == delivery.team.team_id
    ]
    told.acknowledged(event["event_id"])
    assert in_state(delivery, State.UNKNOWN)
    assert not InboxEvent.objects.exists()


def test_a_second_post_is_kept_as_a_copy(told: Hub) -> None:
    delivery = unknown(told, told.workspace())

    post(delivery)
    wait_until(lambda: in_state(delivery, State.SENT))
    _, again = post(delivery)
    copy = wait_until(lambda: Copy.objects.filter(delivery=delivery).first())

    assert copy is not None
    assert copy.ts == again


def test_a_row_in_other_hands_is_settled_when_it_is_free(told: Hub) -> None:
    delivery = unknown(told, told.workspace())

    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=delivery.pk)
        post(delivery)
        wait_until(lambda: evidence.turns._is_led)
    wait_until(lambda: in_state(delivery, State.SENT))

    assert in_state(delivery, State.SENT)


def test_many_at_once_are_all_settled(told: Hub) -> None:
    team = told.workspace()
    told.slack.control("PUT", "limits", {"enabled": False})
    person, run = make_person(team, slack_id=told.people(team)[0]), make_run()
    deliveries = [
        make_delivery(run, person, target=f"t:{n}", state=State.UNKNOWN) for n in range(40)
    ]
    threads = [threading.Thread(target=_post_and_close, args=(each,)) for each in deliveries]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    left = Delivery.objects.exclude(state=State.SENT)
    assert wait_until(lambda: not left.exists())


def _post_and_close(delivery: Delivery) -> None:
    post(delivery)
    connection.close()


def test_what_cannot_take_the_short_way_goes_through_the_inbox(
    told: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence.Turns, "keep", lambda self, proof: False)
    delivery = unknown(told, told.workspace())

    post(delivery)
    wait_until(lambda: in_state(delivery, State.SENT))

    assert InboxEvent.objects.get().type == evidence.EVENT


def test_another_apps_metadata_settles_nothing(told: Hub) -> None:
    team = told.workspace()
    delivery = unknown(told, team)
    event = {
        "type": evidence.EVENT,
        "app_id": "A0STRANGER",
        "team_id": team.team_id,
        "channel_id": "D1",
        "message_ts": "1999999999.000001",
        "metadata": {"event_type": TOLD, "event_payload": {"delivery_id": str(delivery.pk)}},
    }

    told.acknowledged(told.send(team, event))
    done = InboxEvent.objects.filter(state=InboxEvent.State.HANDLED)
    wait_until(done.exists)

    assert in_state(delivery, State.UNKNOWN)


def test_an_answer_that_was_lost_is_made_good_by_the_event(told: Hub) -> None:
    team = told.workspace()
    told.slack.control("PUT", "limits", {"enabled": False})
    told.person(team)
    team.lane.rate = team.lane.ceiling = FAST
    team.lane.save()
    told.slack.control(
        "PUT", "faults", {"kind": "accept_then_drop", "methods": ["chat.postMessage"]}
    )
    run = expanded_run(team)

    with running_sender():
        wait_until(lambda: told.slack.posts(team_id=team.team_id))
        sent = run.deliveries.filter(state=State.SENT)
        wait_until(sent.exists)

    (sent_post,) = told.slack.posts(team_id=team.team_id)
    delivery = sent.get()
    assert (delivery.channel, delivery.ts) == (sent_post["channel"], sent_post["ts"])
    assert sent_post["metadata"]["event_type"] == TOLD


def test_what_is_beyond_the_budget_is_not_told_of(told: Hub) -> None:
    delivery = unknown(told, told.workspace())

    post(delivery, event_type=UNTOLD)

    assert all(each["type"] != evidence.EVENT for each in told.slack.control("GET", "events"))


def test_a_text_that_the_database_refuses_keeps_no_other_proof_from_it() -> None:
    slack_app = SlackApp(pk=1, app_id="A1")
    event = {
        "type": evidence.EVENT,
        "app_id": "A1",
        "team_id": "T1\ud800\0",
        "channel_id": "D1",
        "message_ts": "1.5",
        "metadata": {"event_type": TOLD, "event_payload": {"delivery_id": "7"}},
    }

    proof = evidence.proof_in({"api_app_id": "A1", "event": event}, slack_app)

    assert proof is not None
    assert proof.team_id == "T1"
