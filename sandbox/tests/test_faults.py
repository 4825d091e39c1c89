"""Every fault, as a stock client meets it, and whether the post happened."""

import time
from collections.abc import Callable
from http.client import RemoteDisconnected

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import Team, error_of


def put_fault(team: Team, kind: str, **more: object) -> None:
    team.sandbox.control("PUT", "faults", {"kind": kind, "methods": ["chat.postMessage"]} | more)


def post(team: Team) -> object:
    return team.client.chat_postMessage(channel=team.reachable[0], text="hello")


def ambiguous(sandbox: RunningSandbox) -> int:
    return int(sandbox.control("GET", "summary")["ambiguous"])


@pytest.mark.parametrize(("kind", "status"), [("http_500", 500), ("http_503", 503)])
def test_server_error_is_not_posted(team: Team, kind: str, status: int) -> None:
    put_fault(team, kind)

    with pytest.raises(SlackApiError) as failed:
        post(team)

    assert failed.value.response.status_code == status
    assert team.sandbox.posts() == []
    assert ambiguous(team.sandbox) == 1


def test_not_json(team: Team) -> None:
    put_fault(team, "not_json")

    with pytest.raises(SlackClientError):
        post(team)

    assert team.sandbox.posts() == []
    assert ambiguous(team.sandbox) == 1


def test_accept_then_drop_is_posted(team: Team) -> None:
    put_fault(team, "accept_then_drop", count=1)

    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        post(team)

    assert len(team.sandbox.posts()) == 1
    assert ambiguous(team.sandbox) == 1


def test_default_client_posts_twice_after_a_drop(team: Team) -> None:
    put_fault(team, "accept_then_drop", count=1)
    client = WebClient(token=team.client.token, base_url=team.sandbox.api_url)

    client.chat_postMessage(channel=team.reachable[0], text="hello")

    assert len(team.sandbox.posts()) == 2


def test_hang_ends_when_the_faults_are_cleared(team: Team) -> None:
    put_fault(team, "hang")
    impatient = WebClient(
        token=team.client.token, base_url=team.sandbox.api_url, retry_handlers=[], timeout=1
    )

    with pytest.raises(TimeoutError):
        impatient.chat_postMessage(channel=team.reachable[0], text="hello")

    assert team.sandbox.posts() == []
    wait_until(lambda: team.sandbox.control("GET", "summary")["open_requests"] == 0)
    team.sandbox.control("DELETE", "faults")
    assert post(team)


def test_latency(team: Team) -> None:
    put_fault(team, "latency", latency={"min": 0.2, "max": 0.3})
    started = time.monotonic()

    post(team)

    assert 0.2 <= time.monotonic() - started < 1
    assert len(team.sandbox.posts()) == 1


def test_storm_of_429(team: Team, other: Team) -> None:
    put_fault(team, "storm_429", team_id=team.id, retry_after=7)

    with pytest.raises(SlackApiError) as refused:
        post(team)

    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
    assert post(other)
    assert team.sandbox.control("GET", "summary")["per_team"][team.id]["rate_limited"] == 1


def test_stock_retry_handler_obeys_retry_after(team: Team) -> None:
    put_fault(team, "storm_429", retry_after=1, count=1)
    team.client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))

    assert post(team)


def test_named_error(team: Team) -> None:
    put_fault(team, "error", error="ekm_access_denied")

    assert error_of(lambda: post(team))["error"] == "ekm_access_denied"


def test_fault_of_another_method(team: Team) -> None:
    put_fault(team, "http_500", methods=["users.list"])

    assert post(team)


def test_fault_with_a_count(team: Team) -> None:
    put_fault(team, "error", count=2)

    answers = [succeeds(lambda: post(team)) for _ in range(3)]

    assert answers == [False, False, True]


def test_fault_with_a_rate(team: Team) -> None:
    team.sandbox.control("PUT", "limits", {"enabled": False})
    put_fault(team, "error", rate=0.5)

    answers = [succeeds(lambda: post(team)) for _ in range(60)]

    assert 10 < sum(answers) < 50


def test_fault_for_a_time(team: Team) -> None:
    put_fault(team, "error", seconds=0.2)

    assert not succeeds(lambda: post(team))
    wait_until(lambda: succeeds(lambda: post(team)), 3)


def test_fault_of_oauth(sandbox: RunningSandbox, app: str) -> None:
    sandbox.control("PUT", "faults", {"kind": "error", "methods": ["oauth.v2.access"]})
    bare = WebClient(base_url=sandbox.api_url, retry_handlers=[])

    answer = error_of(lambda: bare.oauth_v2_access(client_id="1", client_secret="2", code="3"))

    assert answer["error"] == "internal_error"


def succeeds(call: Callable[[], object]) -> bool:
    try:
        call()
    except SlackApiError:
        return False
    return True
