"""The events about metadata, and what an app hears when there are too many events."""

from typing import Any

import pytest

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import APP, Team, make_team
from sandbox.tests.listening import Listener

LOUD, QUIET = "thing_posted", "thing_posted_quietly"


@pytest.fixture
def told(heard: Listener, team: Team) -> Listener:
    """The listener of an app that subscribes to one type of its own metadata."""
    subscription = {"app_id": APP, "event_type": LOUD}
    team.sandbox.control("PUT", f"apps/{APP}", {"metadata_subscriptions": [subscription]})
    return heard


def post(team: Team, event_type: str = LOUD, person: int = 0) -> Any:
    metadata = {"event_type": event_type, "event_payload": {"thing": "1"}}
    channel = team.reachable[person]
    return team.client.chat_postMessage(channel=channel, text="x", metadata=metadata)


def test_a_post_with_metadata_is_told(told: Listener, team: Team) -> None:
    sent = post(team)

    (body,) = wait_until(lambda: told.of_type("message_metadata_posted"))

    event = body["event"]
    assert (event["app_id"], event["team_id"]) == (APP, team.id)
    assert (event["channel_id"], event["message_ts"]) == (sent["channel"], sent["ts"])
    assert event["metadata"] == {"event_type": LOUD, "event_payload": {"thing": "1"}}


def test_other_metadata_and_its_end_are_told(told: Listener, team: Team) -> None:
    sent = post(team)
    place: dict[str, Any] = {"channel": sent["channel"], "ts": sent["ts"]}
    other = {"event_type": LOUD, "event_payload": {"thing": "2"}}

    team.client.chat_update(**place, text="same metadata")
    team.client.chat_update(**place, text="other metadata", metadata=other)
    team.client.chat_delete(**place)

    (gone,) = wait_until(lambda: told.of_type("message_metadata_deleted"))
    (changed,) = wait_until(lambda: told.of_type("message_metadata_updated"))
    assert changed["event"]["previous_metadata"]["event_payload"] == {"thing": "1"}
    assert changed["event"]["metadata"] == gone["event"]["previous_metadata"] == other
    assert changed["event"]["message_ts"] == gone["event"]["message_ts"] == sent["ts"]


def test_only_the_subscribed_type_is_told(told: Listener, team: Team) -> None:
    post(team, QUIET)
    sent = post(team)

    wait_until(lambda: told.of_type("message_metadata_posted"))

    (body,) = told.of_type("message_metadata_posted")
    assert body["event"]["message_ts"] == sent["ts"]


def test_without_the_scope_nothing_is_told(told: Listener, sandbox: RunningSandbox) -> None:
    poor = make_team(sandbox, "poor", scopes=["chat:write"])

    post(poor)

    assert poor.events("message_metadata_posted") == []


def test_without_a_subscription_nothing_is_told(heard: Listener, team: Team) -> None:
    post(team)

    assert team.events("message_metadata_posted") == []


def test_too_many_events_are_dropped_and_said_once_a_minute(
    told: Listener, team: Team, other: Team
) -> None:
    team.sandbox.control("PUT", "limits", {"team_id": team.id, "events_per_hour": 2, "burst": 9})

    for person in range(5):
        post(team, person=person)
    post(other)
    wait_until(lambda: told.of_type("app_rate_limited"))
    wait_until(lambda: len(told.of_type("message_metadata_posted")) == 3)

    limited = told.of_type("app_rate_limited")
    assert len(team.events("message_metadata_posted")) == 2
    assert len(other.events("message_metadata_posted")) == 1
    # Two, where a minute ended in between.
    assert len(limited) in (1, 2)
    assert {body["team_id"] for body in limited} == {team.id}
    assert limited[0]["minute_rate_limited"] % 60 == 0
    assert "event_id" not in limited[0]
