"""What the sender makes of a post's end, over the thin client and through a proxy."""

import asyncio
import json
import socket
from collections.abc import Callable

import pytest

from sandbox.testing import RunningSandbox
from teams.answers import Ambiguous, Answer, Disconnected, NotNow, Ok
from teams.poster import Poster, TooLate, boottime
from teams.tests.raw_slack import Play, Slack, answer, on_each_loop, plays, raw_slack

type Ends = Callable[..., tuple[Answer | TooLate, Slack]]


async def post(url: str, *, token: str = "xoxb-1", seconds: float = 5.0) -> Answer | TooLate:
    poster = Poster(url)
    try:
        return await poster.post("auth.test", b"{}", token=token, deadline=boottime() + seconds)
    finally:
        await poster.close()


@pytest.fixture(params=["direct", "proxied"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ends:
    """A post to a Slack of raw bytes, or by way of it as a proxy to one that is nowhere."""
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def end(play: Play, **arguments: object) -> tuple[Answer | TooLate, Slack]:
        async def run() -> tuple[Answer | TooLate, Slack]:
            async with raw_slack(play) as slack:
                url = slack.url
                if request.param == "proxied":
                    monkeypatch.setenv("http_proxy", slack.url)
                    url = "http://slack.invalid"
                return await post(url, **arguments), slack  # type: ignore[arg-type]

        return asyncio.run(run())

    return end


def test_an_answer_is_read(ends: Ends) -> None:
    found, slack = ends(plays(answer()))

    assert found == Ok({"ok": True, "channel": "D1", "ts": "1.2"})
    assert b"Authorization: Bearer xoxb-1\r\n" in slack.requests[0]


def test_the_wait_of_a_429_is_kept(ends: Ends) -> None:
    found, _ = ends(plays(answer(b"", status="429 Slow", headers="Retry-After: 9\r\n")))

    assert isinstance(found, NotNow)
    assert found.wait == 9.0


def test_a_redirect_is_not_followed(ends: Ends) -> None:
    found, slack = ends(plays(answer(b"", status="302 Found", headers="Location: /api/x\r\n")))

    assert isinstance(found, Ambiguous)
    assert found.code == "http_302"
    assert len(slack.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 200_000, b'{"ok":1}'])
def test_an_answer_that_says_nothing_readable(ends: Ends, body: bytes) -> None:
    found, _ = ends(plays(answer(body)))

    assert isinstance(found, Ambiguous)


@pytest.mark.parametrize("piece", [b"", answer()[:-1], answer(b" " * (1 << 20 | 1))])
def test_an_answer_that_is_lost_is_ambiguous(ends: Ends, piece: bytes) -> None:
    found, slack = ends(plays(piece, close=True))

    assert isinstance(found, Ambiguous)
    assert found.code == "no_answer"
    assert len(slack.requests) == 1


def test_after_the_deadline_nothing_is_written(ends: Ends) -> None:
    found, slack = ends(plays(answer()), seconds=-0.001)

    assert found == TooLate()
    assert slack.requests == []


@pytest.mark.parametrize("token", ["x\r\nHost: evil", "x\ny", "x\x00", "tökén"])
def test_a_token_writes_no_headers(ends: Ends, token: str) -> None:
    found, slack = ends(plays(answer()), token=token)

    assert isinstance(found, Disconnected)
    assert not found.certain
    assert slack.connections == 0


@pytest.mark.parametrize("proxied", [False, True])
def test_nobody_listening_is_not_now(monkeypatch: pytest.MonkeyPatch, proxied: bool) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    if proxied:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        url = "http://slack.invalid"

    found = asyncio.run(post(url))

    assert isinstance(found, NotNow)
    assert (found.code, found.scope) == ("no_connection", "lane")


def test_an_exception_from_the_proxy_goes_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> Answer | TooLate:
        async with raw_slack(plays(answer())) as slack:
            monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
            monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
            return await post(slack.url)

    assert isinstance(on_each_loop(run), Ok)


def test_the_sandbox_takes_it(slack: RunningSandbox) -> None:
    slack.control("PUT", "apps/A0POSTER", {"request_url": None})
    team = slack.control("POST", "workspaces", {"people": 1})
    grant = slack.control("POST", "install", {"app_id": "A0POSTER", "team_id": team["team_id"]})
    users = slack.control("GET", f"workspaces/{team['team_id']}/users")
    person = next(user for user in users if user["reachable"])
    body = json.dumps({"channel": person["id"], "text": "Grüße"}).encode()

    async def run() -> Answer | TooLate:
        poster = Poster(slack.url)
        deadline = boottime() + 5
        token = grant["access_token"]
        try:
            return await poster.post("chat.postMessage", body, token=token, deadline=deadline)
        finally:
            await poster.close()

    assert isinstance(asyncio.run(run()), Ok)
    assert [one["text"] for one in slack.posts()] == ["Grüße"]
