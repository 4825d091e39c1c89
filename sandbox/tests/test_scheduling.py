"""chat.scheduleMessage and its companions with a stock client."""

import time
from functools import partial
from typing import Any

import pytest

from sandbox.testing import wait_until
from sandbox.tests.conftest import Team, error_of

DAY = 24 * 3600


def schedule(team: Team, ahead: float = 300, **more: Any) -> Any:
    wanted = {"channel": team.channel("general"), "text": "later"} | more
    return team.client.chat_scheduleMessage(post_at=int(time.time() + ahead), **wanted)


def waiting(team: Team, **more: Any) -> list[str]:
    listed = team.client.chat_scheduledMessages_list(**more)["scheduled_messages"]
    return [each["id"] for each in listed]


def test_a_message_is_posted_when_its_time_has_come(team: Team, other: Team) -> None:
    answer = schedule(team)
    before = team.sandbox.posts(), waiting(team), waiting(other)

    team.sandbox.control("PUT", "clock", {"advance": 301})

    (post,) = wait_until(lambda: team.sandbox.posts(team_id=team.id))
    assert before == ([], [answer["scheduled_message_id"]], [])
    assert (post["text"], post["channel"]) == ("later", answer["channel"])
    assert waiting(team) == []


def test_the_next_one_is_first_and_a_channel_can_be_chosen(team: Team) -> None:
    late, soon = schedule(team, 900), schedule(team, 300, channel=team.reachable[0])
    ids = [soon["scheduled_message_id"], late["scheduled_message_id"]]

    assert waiting(team) == ids
    assert waiting(team, channel=late["channel"]) == ids[1:]
    assert waiting(team, latest=str(soon["post_at"])) == ids[:1]


def test_a_message_is_taken_back(team: Team) -> None:
    answer, delete = schedule(team), team.client.chat_deleteScheduledMessage
    place = {"channel": answer["channel"], "scheduled_message_id": answer["scheduled_message_id"]}

    delete(**place)

    assert waiting(team) == []
    assert error_of(partial(delete, **place))["error"] == "invalid_scheduled_message_id"


def test_in_the_last_minute_it_is_too_late(team: Team) -> None:
    answer, delete = schedule(team, 50), team.client.chat_deleteScheduledMessage
    place = {"channel": answer["channel"], "scheduled_message_id": answer["scheduled_message_id"]}

    assert error_of(partial(delete, **place))["error"] == "invalid_scheduled_message_id"


@pytest.mark.parametrize(("ahead", "code"), [(-5, "time_in_past"), (121 * DAY, "time_too_far")])
def test_a_time_that_cannot_be(team: Team, ahead: float, code: str) -> None:
    assert error_of(lambda: schedule(team, ahead))["error"] == code


def test_thirty_in_five_minutes_of_a_channel(team: Team) -> None:
    team.sandbox.control("PUT", "limits", {"tiers": False})
    first = int(time.time() / 300 + 2) * 300
    for number in range(30):
        schedule(team, first + number - time.time() + 1)

    assert error_of(lambda: schedule(team, first - time.time() + 1))["error"] == (
        "restricted_too_many"
    )
    assert schedule(team, first - time.time() + 1, channel=team.reachable[0])["ok"]


def test_what_carries_metadata_is_never_posted(team: Team) -> None:
    schedule(team, metadata={"event_type": "thing", "event_payload": {}})
    schedule(team, text="plain")

    team.sandbox.control("PUT", "clock", {"advance": 301})

    wait_until(lambda: not waiting(team))
    assert [each["text"] for each in team.sandbox.posts()] == ["plain"]
