"""Every event is kept before it is acknowledged, and handled once."""

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from bots.models import MOST_ATTEMPTS, InboxEvent
from bots.registry import app_for
from bots.tasks import handle_event, sweep_inbox
from bots.tests.hub import Hub
from broadcasts.clock import database_now
from sandbox.testing import wait_until
from teams.models import SlackApp
from teams.tests.factories import make_app, make_team

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
State = InboxEvent.State


def keep(slack_app: SlackApp, event_id: str = "Ev1", *, at: datetime = NOW) -> InboxEvent:
    body = {
        "type": "event_callback",
        "event_id": event_id,
        "team_id": "T1",
        "event": {"type": "pin_added"},
    }
    InboxEvent.objects.keep(slack_app, body, at)
    return InboxEvent.objects.get(slack_app=slack_app, event_id=event_id)


def settled(event_id: str) -> InboxEvent:
    """The row of an event, once it is dealt with."""
    done = InboxEvent.objects.filter(event_id=event_id).exclude(state=State.KEPT)
    wait_until(done.exists)
    return done.get()


def test_b089_the_acknowledgement_does_not_wait_for_the_listener(hub: Hub) -> None:
    team, may_end = hub.workspace(), Event()
    app_for(hub.slack_app).event("pin_added")(lambda event: may_end.wait(10))

    event_id = hub.send(team, {"type": "pin_added", "user": "U1"})
    attempts = hub.acknowledged(event_id)
    waiting = InboxEvent.objects.get(event_id=event_id).state
    may_end.set()

    assert [attempt["status"] for attempt in attempts] == [200]
    assert waiting == State.KEPT
    assert settled(event_id).state == State.HANDLED


def test_b090_an_event_that_comes_thrice_is_handled_once(hub: Hub) -> None:
    team, heard = hub.workspace(), []
    app_for(hub.slack_app).event("pin_added")(lambda event: heard.append(event["user"]))

    for _ in range(3):
        hub.send(team, {"type": "pin_added", "user": "U1"}, event_id="Ev0000THRICE")
    wait_until(lambda: len(hub.attempts("Ev0000THRICE")) == 3)
    settled("Ev0000THRICE")

    assert [attempt["status"] for attempt in hub.attempts("Ev0000THRICE")] == [200, 200, 200]
    assert heard == ["U1"]


def test_b091_an_event_of_an_unknown_team_is_acknowledged_and_logged(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    known, unknown = hub.workspace(), hub.workspace()
    unknown.lane.delete()
    unknown.delete()

    event_id = hub.send(unknown, {"type": "message", "channel": "D1", "user": "U1", "text": "hi"})
    attempts = hub.acknowledged(event_id)

    assert [attempt["status"] for attempt in attempts] == [200]
    assert unknown.team_id in settled(event_id).error
    assert unknown.team_id in caplog.text
    assert hub.replies(known) == hub.replies(unknown) == []


def test_b085_an_event_that_nothing_listens_for_is_acknowledged(hub: Hub) -> None:
    team = hub.workspace()

    event_id = hub.send(team, {"type": "star_added", "user": "U1"})
    attempts = hub.acknowledged(event_id)

    assert [(attempt["status"], attempt["body"]) for attempt in attempts] == [(200, "")]
    assert settled(event_id).state == State.HANDLED


def test_what_cannot_be_kept_keeps_nothing_else_from_being_kept(hub: Hub) -> None:
    team = hub.workspace()

    odd = hub.send(team, {"type": "pin_added", "user": "U\0"}, event_id="E" * 64)
    good = hub.send(team, {"type": "pin_added", "user": "U1"})

    assert hub.acknowledged(odd)
    assert hub.acknowledged(good)
    assert InboxEvent.objects.count() == 2


def test_a_failing_listener_leaves_its_reason(hub: Hub) -> None:
    team = hub.workspace()

    def fail(event: dict[str, Any]) -> None:
        raise RuntimeError("no pin")

    app_for(hub.slack_app).event("pin_added")(fail)

    event_id = hub.send(team, {"type": "pin_added", "user": "U1"})

    assert (settled(event_id).state, settled(event_id).error) == (
        State.FAILED,
        "RuntimeError: no pin",
    )


def test_an_event_that_found_the_database_away_stays_kept(http_hub: Hub) -> None:
    event = keep(http_hub.slack_app)
    make_team(http_hub.slack_app, team_id="T1")

    def fail(event: dict[str, Any]) -> None:
        raise OperationalError("the connection is lost")

    app_for(http_hub.slack_app).event("pin_added")(fail)

    handle_event(event.pk)

    event.refresh_from_db()
    assert (event.state, event.attempts) == (State.KEPT, 1)


@pytest.mark.django_db
def test_the_same_id_of_another_app_is_another_event() -> None:
    slack_app, other = make_app(), make_app()

    kept = [
        InboxEvent.objects.keep(app, {"event_id": "Ev1", "event": {"type": "message"}}, NOW)
        for app in (slack_app, slack_app, other)
    ]

    assert [pk is None for pk in kept] == [False, True, False]


@pytest.mark.django_db
def test_an_event_is_taken_by_one_worker() -> None:
    event = keep(make_app())

    first = InboxEvent.objects.take(event.pk, NOW)
    second = InboxEvent.objects.take(event.pk, NOW + timedelta(seconds=59))

    assert first == event
    assert second is None


@pytest.mark.django_db
def test_a_machine_whose_clock_is_ahead_takes_no_event_from_who_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = keep(make_app(), at=database_now() - timedelta(minutes=1))
    InboxEvent.objects.take(event.pk, database_now())
    ahead = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: ahead)

    handle_event(event.pk)
    sweep_inbox()

    event.refresh_from_db()
    assert (event.state, event.attempts) == (State.KEPT, 1)


@pytest.mark.django_db
def test_what_postgresql_cannot_keep_is_left_out_of_many() -> None:
    slack_app = make_app()
    texts = {"Ev1": "plain", "Ev2": "a\0b", "Ev3": "half \ud83d", "Ev4": "whole \U0001f375"}
    bodies = [
        {"event_id": name, "event": {"type": "message", "text": text}}
        for name, text in texts.items()
    ]

    InboxEvent.objects.keep_many([(slack_app.pk, body) for body in bodies], NOW)

    kept = {event.event_id: event.body["event"]["text"] for event in InboxEvent.objects.all()}
    assert kept == {**texts, "Ev2": "ab", "Ev3": "half ?"}


@pytest.mark.django_db
def test_an_event_whose_worker_died_is_taken_again() -> None:
    event = keep(make_app())
    dead = InboxEvent.objects.take(event.pk, NOW)

    again = InboxEvent.objects.take(event.pk, NOW + timedelta(seconds=61))
    assert dead is not None
    dead.failed("I live", NOW)
    event.refresh_from_db()

    assert again == event
    assert (event.state, event.attempts) == (State.KEPT, 2)


@pytest.mark.django_db
def test_the_sweep_finds_what_was_lost_and_nothing_else() -> None:
    slack_app = make_app()
    lost = keep(slack_app, "Ev1", at=NOW - timedelta(seconds=31))
    keep(slack_app, "Ev2", at=NOW - timedelta(seconds=5))
    keep(slack_app, "Ev3", at=NOW - timedelta(hours=1)).handled(NOW)
    InboxEvent.objects.take(keep(slack_app, "Ev4", at=NOW - timedelta(hours=1)).pk, NOW)

    assert list(InboxEvent.objects.lost(NOW)) == [lost]


@pytest.mark.django_db
def test_an_event_that_kills_its_workers_is_given_up() -> None:
    slack_app = make_app()
    deadly, harmless = keep(slack_app, "Ev1"), keep(slack_app, "Ev2")
    for minute in range(MOST_ATTEMPTS):
        InboxEvent.objects.take(deadly.pk, NOW + timedelta(minutes=2 * minute))
    InboxEvent.objects.take(harmless.pk, NOW)

    given_up = InboxEvent.objects.give_up(NOW + timedelta(minutes=10))

    deadly.refresh_from_db()
    harmless.refresh_from_db()
    assert given_up == 1
    assert (deadly.state, harmless.state) == (State.FAILED, State.KEPT)


@pytest.mark.django_db
def test_old_events_are_forgotten() -> None:
    slack_app = make_app()
    keep(slack_app, "Ev1", at=NOW - timedelta(days=8)).handled(NOW)
    fresh = keep(slack_app, "Ev2", at=NOW - timedelta(days=6))
    fresh.handled(NOW)
    kept = keep(slack_app, "Ev3", at=NOW - timedelta(days=8))

    InboxEvent.objects.forget(NOW)

    assert set(InboxEvent.objects.all()) == {fresh, kept}


def test_a_lost_event_is_handled_after_the_sweep(http_hub: Hub) -> None:
    team = http_hub.workspace()
    body = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": team.team_id,
        "event": {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1"},
    }
    InboxEvent.objects.keep(http_hub.slack_app, body, datetime.now(UTC) - timedelta(minutes=1))

    sweep_inbox()

    assert settled("Ev1").attempts == 1


def test_handling_twice_does_nothing_the_second_time(http_hub: Hub) -> None:
    event = keep(http_hub.slack_app)

    handle_event(event.pk)
    handle_event(event.pk)

    event.refresh_from_db()
    assert (event.state, event.attempts) == (State.HANDLED, 1)
