"""Events reach a stock Bolt app: signed, in Slack's envelope, retried on Slack's schedule."""

from itertools import pairwise
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import APP, SIGNING_SECRET, Team
from sandbox.tests.listening import Listener


def attempts(team: Team, kind: str, number: int) -> list[dict[str, Any]]:
    """The attempts of the only event of this type, once there are `number` of them."""

    def made() -> list[dict[str, Any]] | None:
        deliveries = team.events(kind)
        tried: list[dict[str, Any]] = deliveries[0]["attempts"] if deliveries else []
        return tried if len(tried) >= number else None

    return wait_until(made) or []


def test_writing_to_the_bot_is_a_message_event(team: Team, heard: Listener) -> None:
    person = team.reachable[0]

    said = team.control("POST", "say", {"app_id": APP, "user": person, "text": "hello"})

    (body,) = wait_until(lambda: heard.of_type("message"))
    event = body["event"]
    assert (event["channel_type"], event["channel"]) == ("im", said["channel"])
    assert (event["user"], event["text"], event["ts"]) == (person, "hello", said["ts"])
    assert attempts(team, "message", 1)[0]["status"] == 200


def test_envelope(team: Team, heard: Listener) -> None:
    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    (body,) = wait_until(lambda: heard.of_type("message"))
    assert (body["type"], body["team_id"], body["api_app_id"]) == ("event_callback", team.id, APP)
    assert body["event_id"].startswith("Ev")
    assert isinstance(body["event_time"], int)
    assert body["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": team.id,
            "user_id": team.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]


def test_signature_is_valid_for_the_raw_body(team: Team, heard: Listener) -> None:
    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hi"})
    wait_until(lambda: heard.raw)

    verifier = SignatureVerifier(SIGNING_SECRET)

    assert verifier.is_valid_request(heard.raw[0], heard.headers[0])
    assert not verifier.is_valid_request(heard.raw[0] + b" ", heard.headers[0])


def test_mention_in_a_channel(team: Team, heard: Listener) -> None:
    team.control("POST", "channels/general/members", {"app_id": APP})
    text = f"<@{team.bot_user_id}> help"

    team.control("POST", "say", {"channel": "general", "user": team.reachable[0], "text": text})

    (mention,) = wait_until(lambda: heard.of_type("app_mention"))
    (message,) = wait_until(lambda: heard.of_type("message"))
    assert mention["event"]["text"] == text
    assert "channel_type" not in mention["event"]
    assert message["event"]["channel_type"] == "channel"
    assert mention["event_id"] != message["event_id"]


def test_bot_outside_the_channel_hears_nothing(team: Team) -> None:
    text = f"<@{team.bot_user_id}> help"

    team.control("POST", "say", {"channel": "general", "user": team.reachable[0], "text": text})

    assert team.sandbox.control("GET", "events") == []


def test_app_without_the_scope_hears_nothing(team: Team) -> None:
    place = {"app_id": APP, "team_id": team.id}
    team.sandbox.control("POST", "uninstall", place)
    team.sandbox.control("POST", "install", place | {"scopes": ["chat:write"]})

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert team.events("message") == []


def test_app_hears_only_what_it_subscribes_to(team: Team) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"events": ["team_join"]})

    team.control("PATCH", f"users/{team.reachable[0]}", {"real_name": "New Name"})
    team.control("POST", "users", {"real_name": "Newcomer"})

    assert team.events("user_change") == []
    assert len(team.events("team_join")) == 1


def test_own_post_is_echoed_to_an_app_that_asks_for_it(team: Team) -> None:
    team.client.chat_postMessage(channel=team.reachable[0], text="not echoed")
    team.sandbox.control("PUT", f"apps/{APP}", {"events": ["message.im"]})

    team.client.chat_postMessage(channel=team.reachable[0], text="echoed")

    assert len(team.events("message")) == 1


def test_renamed_person(team: Team, other: Team, heard: Listener) -> None:
    team.control("PATCH", f"users/{team.reachable[0]}", {"real_name": "New Name"})

    (body,) = wait_until(lambda: heard.of_type("user_change"))
    assert body["event"]["user"]["id"] == team.reachable[0]
    assert body["event"]["user"]["profile"]["real_name"] == "New Name"
    assert body["team_id"] == team.id
    assert team.client.users_info(user=team.reachable[0])["user"]["real_name"] == "New Name"


def test_deactivated_person(team: Team, heard: Listener) -> None:
    before = team.sandbox.control("GET", "workspaces")[0]["reachable"]

    team.control("PATCH", f"users/{team.reachable[0]}", {"deleted": True})

    (body,) = wait_until(lambda: heard.of_type("user_change"))
    assert body["event"]["user"]["deleted"] is True
    assert team.sandbox.control("GET", "workspaces")[0]["reachable"] == before - 1


def test_newcomer(team: Team, heard: Listener) -> None:
    user = team.control("POST", "users", {"real_name": "New Comer", "tz": "Asia/Tokyo"})

    (body,) = wait_until(lambda: heard.of_type("team_join"))
    assert body["event"]["user"] == user
    assert team.client.chat_postMessage(channel=user["id"], text="welcome")["ok"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"name": "chatter"}, "channel_rename"),
        ({"is_archived": True}, "channel_archive"),
        ({"is_archived": False}, "channel_unarchive"),
    ],
)
def test_changed_channel(team: Team, change: dict[str, object], kind: str) -> None:
    team.control("PATCH", "channels/random", change)

    assert len(team.events(kind)) == 1


def test_new_channel(team: Team) -> None:
    channel = team.control("POST", "channels", {"name": "new"})

    assert len(team.events("channel_created")) == 1
    assert team.client.conversations_info(channel=channel["id"])["channel"]["name"] == "new"


def test_private_channel_is_not_announced(team: Team) -> None:
    team.control("POST", "channels", {"name": "new", "is_private": True})

    assert team.sandbox.control("GET", "events") == []


def test_bot_joins_and_leaves_a_channel(team: Team) -> None:
    team.control("POST", "channels/general/members", {"app_id": APP})
    team.control("POST", "channels/general/members", {"app_id": APP, "leave": True})

    assert len(team.events("member_joined_channel")) == 1
    assert len(team.events("member_left_channel")) == 1


def test_renamed_workspace(team: Team) -> None:
    team.sandbox.control("PATCH", f"workspaces/{team.id}", {"name": "New", "domain": "new"})

    assert team.client.team_info()["team"]["name"] == "New"
    assert len(team.events("team_rename")) == 1
    assert len(team.events("team_domain_change")) == 1


def test_any_event_can_be_sent(team: Team, heard: Listener) -> None:
    event = {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"}

    sent = team.control("POST", "events", {"app_id": APP, "event": event, "event_id": "Ev1"})

    (body,) = wait_until(lambda: heard.of_type("channel_id_changed"))
    assert (body["event"], body["event_id"], sent) == (event, "Ev1", {"event_id": "Ev1"})


def test_event_ids_are_unique(team: Team) -> None:
    for _ in range(20):
        team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert len({each["event_id"] for each in team.events("message")}) == 20


def test_three_retries_of_a_failing_app(team: Team, heard: Listener) -> None:
    heard.answers = [(500, {})] * 4

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    tried = attempts(team, "message", 4)
    assert [each["status"] for each in tried] == [500] * 4
    assert [each["reason"] for each in tried] == ["http_error"] * 4
    assert [each.get("x-slack-retry-num") for each in heard.headers] == [None, "1", "2", "3"]
    assert heard.headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({body["event_id"] for body in heard.heard}) == 1
    gaps = [late["at"] - early["at"] for early, late in pairwise(tried)]
    assert gaps[1] > 0.06 and gaps[2] > 0.3


def test_retry_stops_at_the_first_success(team: Team, heard: Listener) -> None:
    heard.answers = [(503, {})]

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert [each["status"] for each in attempts(team, "message", 2)] == [503, 200]


def test_app_can_forbid_retries(team: Team, heard: Listener) -> None:
    heard.answers = [(500, {"x-slack-no-retry": "1"})]
    say = {"app_id": APP, "user": team.reachable[0], "text": "hello"}
    team.control("POST", "say", say)
    attempts(team, "message", 1)

    # A second event that fails four times gives the first one time for a retry that must not come.
    heard.answers = [(500, {})] * 4
    team.control("PATCH", f"users/{team.reachable[0]}", {"real_name": "New"})
    attempts(team, "user_change", 4)

    assert len(team.events("message")[0]["attempts"]) == 1


def test_redirects_are_followed_twice(team: Team, heard: Listener) -> None:
    heard.answers = [(302, {"Location": heard.url}), (301, {"Location": heard.url})]

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert attempts(team, "message", 1)[0]["status"] == 200


def test_third_redirect_is_too_many(team: Team, heard: Listener) -> None:
    heard.answers = [(302, {"Location": heard.url})] * 3

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert attempts(team, "message", 1)[0]["reason"] == "too_many_redirects"


def test_app_that_does_not_listen(team: Team) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"request_url": "http://127.0.0.1:9/"})

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert attempts(team, "message", 4)[3]["reason"] == "connection_failed"


def test_late_answer_is_a_timeout(team: Team, sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "faults", {"kind": "hang"})
    hanging = f"{sandbox.api_url}users.list?token={team.client.token}"
    sandbox.control("PUT", f"apps/{APP}", {"request_url": hanging})

    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})

    assert attempts(team, "message", 1)[0]["reason"] == "http_timeout"


def test_uninstalled_app_gets_no_retry(team: Team, heard: Listener) -> None:
    team.sandbox.control("PUT", "clock", {"scale": 1})
    heard.answers = [(500, {})]
    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})
    attempts(team, "message", 1)

    team.sandbox.control("POST", "uninstall", {"app_id": APP, "team_id": team.id})
    team.sandbox.control("PUT", "clock", {"scale": 0})
    attempts(team, "app_uninstalled", 1)

    assert len(attempts(team, "message", 1)) == 1


def test_changed_scale_reaches_waiting_retries(team: Team, heard: Listener) -> None:
    team.sandbox.control("PUT", "clock", {"scale": 1})
    heard.answers = [(500, {})] * 2
    team.control("POST", "say", {"app_id": APP, "user": team.reachable[0], "text": "hello"})
    attempts(team, "message", 2)

    team.sandbox.control("PUT", "clock", {"scale": 0.001})

    assert attempts(team, "message", 3)[2]["status"] == 200
