"""Unknown deliveries are settled by reading their conversation, where an app may do that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from broadcasts import history
from broadcasts.models import Delivery, Engine, HistoryReader
from broadcasts.sending.metadata import metadata
from broadcasts.tests.factories import make_delivery, make_run
from broadcasts.tests.sending import connect_app, connect_team
from sandbox.testing import RunningSandbox
from teams import slack as door
from teams.answers import Ok
from teams.models import SlackApp, Team

pytestmark = pytest.mark.django_db
State = Delivery.State
# When no request of theirs can be under way any more.
LATER = timedelta(minutes=10)


def reading_team(slack: RunningSandbox, people: int = 3, per_minute: int = 50) -> Team:
    app = connect_app(slack)
    app.history_reads = per_minute
    app.save()
    return connect_team(slack, people, app=app)


def unknown(team: Team, number: int = 0, **fields: Any) -> Delivery:
    person = team.recipients.order_by("pk")[number]
    known: dict[str, Any] = {"state": State.UNKNOWN, "attempt": 1, "marked_at": datetime.now(UTC)}
    return make_delivery(make_run(), person, **known | fields)


def post(delivery: Delivery, times: int = 1, *, hub: str = "") -> None:
    for _ in range(times):
        answer = door.for_team(delivery.team).call(
            "chat.postMessage",
            channel=delivery.slack_id,
            text="hello",
            metadata=metadata(delivery.pk, 1, told=False, hub=hub or Engine.get().hub_id),
        )
        assert isinstance(answer, Ok)


def read(team: Team, after: timedelta = LATER) -> None:
    history.read_team(team.pk, datetime.now(UTC) + after)


def state_of(delivery: Delivery) -> tuple[str, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.error


def requests(slack: RunningSandbox, method: str = "conversations.history") -> int:
    return int(slack.control("GET", "summary")["requests"].get(method, 0))


def test_what_stands_in_the_conversation_was_sent(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery, other = unknown(team), unknown(reading_team(slack))
    post(delivery)

    read(team)

    (posted,) = slack.posts(team_id=team.team_id)
    assert state_of(delivery) == (State.SENT, "")
    assert (delivery.channel, delivery.ts) == (posted["channel"], posted["ts"])
    assert state_of(other) == (State.UNKNOWN, "")


def test_the_post_of_another_hub_with_that_number_is_not_ours(slack: RunningSandbox) -> None:
    delivery = unknown(reading_team(slack))
    post(delivery, hub="another")

    read(delivery.team)

    assert state_of(delivery) == (State.FAILED, "not_posted")


def test_what_does_not_stand_there_was_not_posted(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery, posted = unknown(team, 0), unknown(team, 0)
    post(posted)

    read(team)

    assert state_of(delivery) == (State.FAILED, "not_posted")
    assert state_of(posted) == (State.SENT, "")


def test_nothing_is_concluded_while_a_request_may_be_under_way(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team)

    read(team, after=timedelta(seconds=100))

    assert state_of(delivery) == (State.UNKNOWN, "")
    assert requests(slack) == 0


def test_an_app_that_may_not_read_does_not(slack: RunningSandbox) -> None:
    unknown(reading_team(slack, per_minute=0))
    allowed = reading_team(slack)
    unknown(allowed)

    assert history.teams_to_read(datetime.now(UTC) + LATER) == [allowed.pk]


def test_no_more_requests_than_the_method_allows(slack: RunningSandbox) -> None:
    team = reading_team(slack, per_minute=1)
    slack.control("PUT", "limits", {"team_id": team.team_id, "history_restricted": True})
    for number in range(3):
        unknown(team, number)

    for seconds in (0, 20, 40, 60):
        read(team, after=LATER + timedelta(seconds=seconds))

    assert requests(slack) == 2


def test_a_long_conversation_is_read_page_by_page(slack: RunningSandbox) -> None:
    team = reading_team(slack, per_minute=1)
    slack.control("PUT", "limits", {"team_id": team.team_id, "enabled": False})
    slack.control("PUT", "limits", {"team_id": team.team_id, "history_restricted": True})
    delivery, talkative = unknown(team), unknown(team)
    post(delivery)
    post(talkative, times=20)

    read(team)
    first = state_of(delivery)
    read(team, after=LATER + timedelta(minutes=1))

    assert first == (State.UNKNOWN, "")
    assert state_of(delivery) == (State.SENT, "")


def test_when_slack_asks_to_wait_nothing_is_concluded(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team)
    fault = {"kind": "storm_429", "retry_after": 300, "methods": ["conversations.history"]}
    slack.control("PUT", "faults", fault)

    read(team)
    slack.control("DELETE", "faults")
    read(team, after=LATER + timedelta(seconds=200))
    early = state_of(delivery)
    read(team, after=LATER + timedelta(seconds=301))

    assert early == (State.UNKNOWN, "")
    assert state_of(delivery) == (State.FAILED, "not_posted")


def test_a_missing_scope_is_no_proof(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team)
    fault = {"kind": "error", "error": "missing_scope", "methods": ["conversations.history"]}
    slack.control("PUT", "faults", fault)

    read(team)

    assert state_of(delivery) == (State.UNKNOWN, "")
    assert HistoryReader.objects.get(team=team).next_at > datetime.now(UTC) + LATER


def test_a_revoked_token_delays_nothing_beyond_the_next_install(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team)
    fault = {"kind": "error", "error": "token_revoked", "methods": ["conversations.history"]}
    slack.control("PUT", "faults", fault)

    read(team)
    slack.control("DELETE", "faults")
    read(team, after=LATER + timedelta(seconds=5))
    while_disconnected = state_of(delivery), requests(slack)
    Team.objects.filter(pk=team.pk).update(
        state=Team.State.CONNECTED, bot_token=team.bot_token, token_version=F("token_version") + 1
    )
    read(team, after=LATER + timedelta(seconds=10))

    assert while_disconnected == ((State.UNKNOWN, ""), 1)
    assert state_of(delivery) == (State.FAILED, "not_posted")


@pytest.mark.parametrize("kind", ["http_500", "not_json", "error"])
def test_an_answer_that_is_none_is_no_proof(slack: RunningSandbox, kind: str) -> None:
    team = reading_team(slack)
    delivery = unknown(team)
    slack.control("PUT", "faults", {"kind": kind, "methods": ["conversations.history"]})

    read(team)

    assert state_of(delivery) == (State.UNKNOWN, "")


def test_a_reply_in_a_thread_is_left_to_a_person(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team, payload={"text": "hi", "thread_ts": "1.2"})

    read(team)

    assert state_of(delivery) == (State.UNKNOWN, "")


def test_nothing_is_ever_sent_again(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team)
    post(delivery)

    read(team)
    read(team, after=LATER + timedelta(minutes=2))

    assert len(slack.posts(team_id=team.team_id)) == 1


def test_what_slack_may_have_forgotten_proves_nothing(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery = unknown(team)

    read(team, after=timedelta(days=1))

    assert state_of(delivery) == (State.UNKNOWN, "")
    assert requests(slack) == 0


def test_a_post_that_names_it_but_not_our_app_proves_nothing(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery, other = unknown(team), unknown(team, 1)
    post(delivery)
    SlackApp.objects.filter(pk=team.slack_app_id).update(app_id="A0RENAMED")

    read(team)

    assert state_of(delivery) == (State.UNKNOWN, "")
    assert state_of(other) == (State.FAILED, "not_posted")


def test_after_another_install_the_direct_message_may_be_another(slack: RunningSandbox) -> None:
    team = reading_team(slack)
    delivery, other = unknown(team), unknown(reading_team(slack))
    Team.objects.filter(pk=team.pk).update(installed_at=datetime.now(UTC))

    for one in (team, other.team):
        read(one)

    assert state_of(delivery) == (State.UNKNOWN, "")
    assert state_of(other) == (State.FAILED, "not_posted")
