"""A worker that dies in the middle of an event loses nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.models import TAKEN_FOR, InboxEvent
from bots.tasks import sweep_inbox
from bots.tests.hub import Hub
from conftest import another_process
from sandbox.testing import wait_until
from teams.models import SlackApp, Team

HANDLE = "from bots.tasks import handle_event; handle_event({pk})"


def kept_question(slack_app: SlackApp, team: Team, user: str, channel: str) -> InboxEvent:
    event = {"type": "message", "channel_type": "im", "channel": channel, "user": user}
    body = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": team.team_id,
        "event": event | {"text": "hi", "ts": "1.0"},
    }
    InboxEvent.objects.keep(slack_app, body, datetime.now(UTC) - timedelta(minutes=1))
    return InboxEvent.objects.get()


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_worker_was_killed_is_answered_by_the_next(http_hub: Hub) -> None:
    team = http_hub.workspace()
    user = http_hub.people(team)[0]
    channel = http_hub.say(team, "good morning")["channel"]
    wait_until(lambda: len(http_hub.replies(team)) == 1)
    InboxEvent.objects.all().delete()
    event = kept_question(http_hub.slack_app, team, user, channel)
    http_hub.slack.control("PUT", "faults", {"kind": "hang", "methods": ["chat.postMessage"]})

    with another_process(HANDLE.format(pk=event.pk)) as doomed:
        wait_until(lambda: http_hub.slack.control("GET", "summary")["open_requests"])
        doomed.kill()
    event.refresh_from_db()
    state_after_death = event.state
    http_hub.slack.control("DELETE", "faults")
    InboxEvent.objects.update(taken_at=datetime.now(UTC) - TAKEN_FOR)
    sweep_inbox()

    wait_until(lambda: len(http_hub.replies(team)) == 2)
    assert state_after_death == InboxEvent.State.KEPT
    assert http_hub.replies(team)[1]["text"] == f"Hi <@{user}>!"
