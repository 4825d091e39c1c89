import logging

import pytest
from pytest_django import Settings

from sandbox.testing import RunningSandbox
from teams import slack as door
from teams.answers import Ambiguous, Disconnected, NotNow, Ok, Unreachable
from teams.tests.factories import make_team
from teams.tests.stub import answering
from teams.tests.syncing import connect

pytestmark = pytest.mark.django_db


def test_a_call_brings_slacks_answer(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")

    answer = door.for_team(team).call("users.list", limit=2, include_locale=True)

    assert isinstance(answer, Ok)
    assert isinstance(members := answer.data["members"], list)
    assert len(members) == 2


def test_lists_and_objects_travel_inside_the_form(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}
    person = slack.control("GET", f"workspaces/{team.team_id}/users")[1]["id"]

    answer = door.for_team(team).call(
        "chat.postMessage", channel=person, text="Hello", blocks=[block], thread_ts=None
    )

    assert isinstance(answer, Ok)
    assert len(slack.posts()) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "http_500"}, Ambiguous),
        ({"kind": "http_503"}, Ambiguous),
        ({"kind": "not_json"}, Ambiguous),
        ({"kind": "accept_then_drop"}, Ambiguous),
        ({"kind": "storm_429", "retry_after": 7}, NotNow),
        ({"kind": "error", "error": "channel_not_found"}, Unreachable),
        ({"kind": "error", "error": "token_revoked"}, Disconnected),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_whatever_slack_does_is_an_answer_and_one_request(
    slack: RunningSandbox, fault: dict[str, object], kind: type
) -> None:
    team = connect(slack, "acme")
    slack.control("PUT", "faults", fault)

    answer = door.for_team(team).call("team.info")

    assert isinstance(answer, kind)
    assert slack.control("GET", "summary")["requests"] == {"team.info": 1}


def test_slacks_wait_is_handed_on(slack: RunningSandbox) -> None:
    team = connect(slack, "acme")
    slack.control("PUT", "faults", {"kind": "storm_429", "retry_after": 7})

    answer = door.for_team(team).call("team.info")

    assert isinstance(answer, NotNow)
    assert answer.wait == 7.0


def test_without_a_connection_nothing_happened(settings: Settings) -> None:
    with answering({}) as address:
        settings.SLACK_URL = address

    answer = door.for_team(make_team()).call("team.info")

    assert isinstance(answer, NotNow)
    assert (answer.code, answer.scope) == ("not_connected", "lane")


def test_an_unknown_host_is_no_connection(settings: Settings) -> None:
    settings.SLACK_URL = "http://slack.invalid"

    assert isinstance(door.for_team(make_team()).call("team.info"), NotNow)


def test_a_proxy_is_not_used_for_this_machine(
    slack: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    assert isinstance(door.for_team(connect(slack, "acme")).call("team.info"), Ok)


def test_a_proxy_is_used_for_slack_unless_excepted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SLACK_URL = "https://slack.com"
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    used = door.web_client().proxy
    monkeypatch.setenv("NO_PROXY", "slack.com")

    assert used == "http://127.0.0.1:1"
    assert door.web_client().proxy is None


@pytest.mark.parametrize("kind", ["http_500", "not_json", "accept_then_drop", "storm_429"])
def test_b072_no_token_stands_in_a_log(
    slack: RunningSandbox, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    team = connect(slack, "acme")
    slack.control("PUT", "faults", {"kind": kind})
    caplog.set_level(logging.DEBUG)

    answer = door.for_team(team).call("team.info")

    assert team.bot_token not in caplog.text
    assert team.bot_token not in repr(answer)
