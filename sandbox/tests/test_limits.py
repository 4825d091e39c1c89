"""429 with Retry-After when a bucket is empty, and none for a client that keeps its pace."""

import math
import time

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from sandbox.api.limits import Limits
from sandbox.tests.conftest import APP, Team


def rate_limited(team: Team, number: int = 0) -> SlackApiError:
    with pytest.raises(SlackApiError) as refused:
        team.client.chat_postMessage(channel=team.reachable[number], text="hello")
    return refused.value


def test_workspace_limit_of_posts(team: Team, other: Team) -> None:
    team.sandbox.control("PUT", "limits", {"per_minute": 6, "burst": 2})
    for number in range(2):
        team.client.chat_postMessage(channel=team.reachable[number], text="hello")

    refused = rate_limited(team, 2)

    assert refused.response.status_code == 429
    assert refused.response.headers["Retry-After"] == "10"
    assert refused.response.data == {"ok": False, "error": "ratelimited"}
    assert other.client.chat_postMessage(channel=other.reachable[0], text="hello")["ok"]
    assert team.client.auth_test()["ok"]
    assert len(team.sandbox.posts()) == 3
    summary = team.sandbox.control("GET", f"summary?app_id={APP}")
    assert summary["per_team"][team.id] == {"posts": 2, "rate_limited": 1}


def test_channel_limit_of_posts(team: Team) -> None:
    team.sandbox.control("PUT", "limits", {"channel_interval": 30})
    for _ in range(3):
        team.client.chat_postMessage(channel=team.reachable[0], text="hello")

    refused = rate_limited(team)

    assert int(refused.response.headers["Retry-After"]) in (29, 30)
    assert team.client.chat_postMessage(channel=team.reachable[1], text="hello")["ok"]


def test_tier_of_a_method(team: Team, other: Team) -> None:
    for _ in range(20):
        team.client.users_list(limit=1)

    with pytest.raises(SlackApiError) as refused:
        team.client.users_list(limit=1)

    assert refused.value.response.headers["Retry-After"] == "3"
    assert team.client.conversations_list()["ok"]
    assert other.client.users_list(limit=1)["ok"]


def test_limit_of_one_team(team: Team, other: Team) -> None:
    team.sandbox.control("PUT", "limits", {"team_id": team.id, "burst": 1})
    team.client.chat_postMessage(channel=team.reachable[0], text="hello")

    assert rate_limited(team, 1).response.status_code == 429
    for number in range(5):
        other.client.chat_postMessage(channel=other.reachable[number], text="hello")


def test_limits_can_be_switched_off(team: Team) -> None:
    team.sandbox.control("PUT", "limits", {"enabled": False})

    for _ in range(30):
        team.client.chat_postMessage(channel=team.reachable[0], text="hello")

    assert team.sandbox.control("GET", "summary")["rate_limited"] == 0


def test_waiting_as_told_is_enough(team: Team) -> None:
    team.sandbox.control("PUT", "limits", {"per_minute": 60, "burst": 1})
    team.client.chat_postMessage(channel=team.reachable[0], text="hello")
    team.client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))

    assert team.client.chat_postMessage(channel=team.reachable[1], text="hello")["ok"]


def paced(limits: Limits, monkeypatch: pytest.MonkeyPatch, per_minute: float) -> int:
    """How many of 2,000 posts spaced evenly are refused."""
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    refused = 0
    for _ in range(2000):
        refused += limits.wait_for_post("A", "T") > 0
        now += 60 / per_minute
    return refused


def test_even_pace_under_the_limit_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paced(Limits(), monkeypatch, 285) == 0


def test_even_pace_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = paced(Limits(), monkeypatch, 330)

    assert math.isclose(refused / 2000, 1 - 300 / 330, abs_tol=0.01)
