"""A worker that dies in the middle of an event loses nothing, and has nothing said twice."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.models import TAKEN_FOR, InboxEvent
from bots.models.inbox import DIED_ANSWERING, NotInHandError
from bots.replies import Say
from bots.tasks import handle_event, sweep_inbox
from bots.tests.hub import Hub
from bots.tests.writing import make_bot
from conftest import another_process
from sandbox.testing import wait_until
from teams.models import Team

pytestmark = pytest.mark.django_db(transaction=True)

State = InboxEvent.State
HANDLE = """
from pathlib import Path
from django.conf import settings
settings.BOTS_DIR = Path("bots/tests/files").absolute()
from bots.tasks import handle_event
handle_event({pk})
"""


def kept_message(hub: Hub, team: Team, text: str) -> InboxEvent:
    """A person's words, kept and in nobody's hands."""
    said = hub.say(team, "good morning")
    wait_until(lambda: len(hub.replies(team)) == 1)
    InboxEvent.objects.all().delete()
    event = {"type": "message", "channel_type": "im", "channel": said["channel"]}
    body = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": team.team_id,
        "event": event | {"user": hub.people(team)[0], "text": text, "ts": "1.0"},
    }
    InboxEvent.objects.keep(hub.slack_app, body, datetime.now(UTC) - timedelta(minutes=1))
    return InboxEvent.objects.get()


def kill_worker_at(hub: Hub, event: InboxEvent, method: str) -> None:
    """A worker takes the event, and is killed while Slack has not answered this method."""
    hub.slack.control("PUT", "faults", {"kind": "hang", "methods": [method]})
    with another_process(HANDLE.format(pk=event.pk)) as doomed:
        wait_until(lambda: hub.slack.control("GET", "summary")["open_requests"])
        doomed.kill()
    hub.slack.control("DELETE", "faults")
    InboxEvent.objects.update(taken_at=datetime.now(UTC) - TAKEN_FOR)


@pytest.mark.usefixtures("bot_files")
def test_an_event_whose_worker_was_killed_is_answered_by_the_next(http_hub: Hub) -> None:
    team = http_hub.workspace()
    make_bot(http_hub)
    event = kept_message(http_hub, team, "safe")

    kill_worker_at(http_hub, event, "users.info")
    event.refresh_from_db()
    state_after_death = event.state
    sweep_inbox()

    wait_until(lambda: len(http_hub.replies(team)) == 2)
    assert state_after_death == State.KEPT
    assert http_hub.replies(team)[1]["text"] == "The safe is open."


def test_what_a_killed_worker_may_have_said_is_said_again_by_staff_alone(http_hub: Hub) -> None:
    team = http_hub.workspace()
    event = kept_message(http_hub, team, "hi")

    kill_worker_at(http_hub, event, "chat.postMessage")
    handle_event(event.pk)
    sweep_inbox()
    event.refresh_from_db()
    state, error, said = event.state, event.error, len(http_hub.replies(team))
    InboxEvent.objects.run_again(datetime.now(UTC))
    handle_event(event.pk)

    assert (state, error, said) == (State.FAILED, DIED_ANSWERING, 1)
    assert len(http_hub.replies(team)) == 2
    event.refresh_from_db()
    assert event.state == State.HANDLED


def test_a_worker_taken_for_dead_says_nothing_when_it_comes_back(http_hub: Hub) -> None:
    team = http_hub.workspace()
    kept_message(http_hub, team, "hi")
    frozen = InboxEvent.objects.take(InboxEvent.objects.get().pk, datetime.now(UTC))
    assert frozen
    InboxEvent.objects.update(taken_at=datetime.now(UTC) - TAKEN_FOR)
    handle_event(frozen.pk)

    with pytest.raises(NotInHandError):
        Say(team, channel="D1", thread_ts=None, event=frozen)("Hi!")

    assert len(http_hub.replies(team)) == 2
