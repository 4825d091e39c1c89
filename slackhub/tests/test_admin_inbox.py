"""What failed in the inbox is run again, by those who may."""

import pytest
from django.test import Client
from django.urls import reverse

from bots.models import InboxEvent
from slackhub.tests.rows import make_staff, make_viewer
from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db


def make_event(state: str) -> InboxEvent:
    return InboxEvent.objects.create(
        slack_app=make_app(),
        event_id="Ev1",
        type="message",
        body={"event": {"type": "message"}},
        state=state,
        error="RuntimeError: x",
        attempts=3,
    )


def run_again(client: Client, event: InboxEvent) -> int:
    return client.post(
        reverse("admin:bots_inboxevent_act", args=(event.pk, "run_again"))
    ).status_code


def test_what_failed_waits_for_a_worker_anew(client: Client) -> None:
    failed, other = make_event("failed"), make_event("failed")
    client.force_login(make_staff("bots.view_inboxevent", "bots.change_inboxevent"))

    run_again(client, failed)

    failed.refresh_from_db()
    other.refresh_from_db()
    assert (failed.state, failed.error, failed.attempts) == ("kept", "", 0)
    assert other.state == "failed"


def test_what_was_handled_is_not_done_again(client: Client) -> None:
    handled = make_event("handled")
    client.force_login(make_staff("bots.view_inboxevent", "bots.change_inboxevent"))

    run_again(client, handled)

    handled.refresh_from_db()
    assert handled.state == "handled"


def test_whoever_may_only_look_runs_nothing(client: Client) -> None:
    failed = make_event("failed")
    client.force_login(make_viewer())

    status = run_again(client, failed)

    failed.refresh_from_db()
    assert status == 403
    assert failed.state == "failed"
