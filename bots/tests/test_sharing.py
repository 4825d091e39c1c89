"""Events that come together are shared by the workers, which call each other."""

import pytest
from django.db import connection

from bots.handing_on import tell
from bots.inbox import handle_shared
from bots.models import InboxEvent
from bots.tasks import handle_events
from bots.tests.hub import Hub
from broadcasts.clock import database_now
from sandbox.testing import wait_until
from teams.models import SlackApp
from teams.tests.factories import make_app

State = InboxEvent.State


def keep(slack_app: SlackApp, count: int, *, name: str = "Ev") -> list[InboxEvent]:
    bodies = [
        {"event_id": f"{name}{number}", "event": {"type": "pin_added"}} for number in range(count)
    ]
    pks = InboxEvent.objects.keep_many([(slack_app.pk, body) for body in bodies], database_now())
    return list(InboxEvent.objects.filter(pk__in=pks).order_by("pk"))


def handled() -> set[InboxEvent]:
    return set(InboxEvent.objects.filter(state=State.HANDLED))


@pytest.mark.django_db
def test_events_that_came_together_are_shared() -> None:
    _, first, taken, last, _ = keep(make_app(), 5)
    InboxEvent.objects.take(taken.pk, database_now())

    handle_events(first.pk, last.pk)

    assert handled() == {first, last}


@pytest.mark.django_db
def test_who_takes_one_of_several_calls_another_worker_for_the_rest() -> None:
    first, second, last = keep(make_app(), 3)
    calls: list[tuple[int, int]] = []

    handle_shared(first.pk, last.pk, lambda *rest: calls.append(rest))

    assert calls == [(first.pk + 1, last.pk)]
    assert handled() == {first, second, last}


@pytest.mark.django_db
def test_who_takes_one_that_came_alone_calls_nobody() -> None:
    (event,) = keep(make_app(), 1)
    calls: list[tuple[int, int]] = []

    handle_shared(event.pk, event.pk, lambda *rest: calls.append(rest))

    assert calls == []


@pytest.mark.django_db
def test_an_event_that_cannot_be_handled_stops_none_of_those_beside_it() -> None:
    (unreadable,), (healthy,) = keep(make_app(), 1), keep(make_app(), 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE teams_slackapp SET client_secret = 'scrawl' WHERE id = %s",
            (unreadable.slack_app_id,),
        )

    handle_events(unreadable.pk, healthy.pk)

    assert handled() == {healthy}


def test_what_is_told_reaches_a_worker_also_after_a_rest(hub: Hub) -> None:
    together = keep(hub.slack_app, 3)
    for event in together:
        tell(event.pk)
    wait_until(lambda: handled() == set(together))

    (later,) = keep(hub.slack_app, 1, name="EvLater")
    tell(later.pk)

    assert wait_until(lambda: later in handled())
