"""A post over the thin client: what is written, and how an answer is read."""

import asyncio

import pytest

from teams.tests.raw_slack import OK, answer, end_of, line_to, on_each_loop, plays, post, raw_slack
from teams.wire.terms import Reply, TooLate, boottime

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def ask(*pieces: bytes, close: bool = False, posts: int = 1) -> tuple[Reply, int]:
    """The last of some posts' answers, and over how many connections they went."""

    async def run() -> tuple[Reply, int]:
        async with raw_slack(plays(*pieces, close=close)) as slack, line_to(slack.url) as line:
            for _ in range(posts):
                reply = await post(line)
            return reply, slack.connections

    return on_each_loop(run)


def test_a_post_is_one_whole_request() -> None:
    async def run() -> bytes:
        async with raw_slack(plays(answer())) as slack, line_to(slack.url) as line:
            await post(line, '{"text":"Grüße"}'.encode())
            return slack.requests[0].replace(slack.url.encode()[7:], b"slack.test")

    assert on_each_loop(run).decode() == (
        "POST /api/chat.postMessage HTTP/1.1\r\nHost: slack.test\r\nUser-Agent: SlackHub\r\n"
        "Accept: application/json\r\nAccept-Encoding: identity\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        'Authorization: Bearer xoxb-1\r\nContent-Length: 18\r\n\r\n{"text":"Grüße"}'
    )


def test_posts_share_one_connection() -> None:
    reply, connections = ask(answer(), posts=20)

    assert reply == Reply(200, {"content-length": "37"}, OK)
    assert connections == 1


def test_posts_at_once_have_a_connection_each() -> None:
    async def run() -> int:
        async with raw_slack(plays(answer())) as slack, line_to(slack.url) as line:
            for _ in range(3):
                await asyncio.gather(*(post(line) for _ in range(8)))
            return slack.connections

    assert on_each_loop(run) == 8


@pytest.mark.parametrize(
    "pieces",
    [
        (answer()[:20], answer()[20:90], answer()[90:]),
        (CHUNKED + b"5\r\n" + OK[:5], b"\r\n20\r\n" + OK[5:] + b"\r\n0\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n", answer()),
        # Apache's way to say that it also speaks HTTP/2.
        (answer(headers="Upgrade: h2\r\nConnection: Upgrade, Keep-Alive\r\n"),),
    ],
    ids=["in pieces", "chunked", "continue", "hints", "upgrade offered"],
)
def test_an_answer_is_read_whole_and_the_connection_kept(pieces: tuple[bytes, ...]) -> None:
    reply, connections = ask(*pieces, posts=3)

    assert (reply.status, reply.content) == (200, OK)
    assert connections == 1


@pytest.mark.parametrize(
    ("piece", "close"),
    [
        (answer(headers="Connection: close\r\n"), False),
        (answer().replace(b"HTTP/1.1", b"HTTP/1.0"), False),
        (b"HTTP/1.1 200 OK\r\n\r\n" + OK, True),
        (answer() + answer(), False),
        (answer() + b"rubbish", False),
    ],
    ids=["connection: close", "http/1.0", "no length", "two answers", "more than the answer"],
)
def test_an_answer_counts_and_its_connection_is_not_used_again(piece: bytes, close: bool) -> None:
    reply, connections = ask(piece, close=close, posts=2)

    assert (reply.status, reply.content) == (200, OK)
    assert connections == 2


def test_a_redirect_is_an_answer() -> None:
    reply, _ = ask(answer(b"", status="302 Found", headers="Location: /elsewhere\r\n"))

    assert reply.status == 302


def test_the_wait_of_a_429_is_read() -> None:
    reply, _ = ask(answer(b"", status="429 Too Many", headers="RETRY-after: 7\r\nX: y\r\n"))

    assert reply.headers["retry-after"] == "7"


def test_after_the_deadline_no_byte_is_written_and_the_connection_stays() -> None:
    async def run() -> tuple[object, int, int]:
        async with raw_slack(plays(answer())) as slack, line_to(slack.url) as line:
            late = await end_of(line, b"{}", deadline=boottime() - 0.001)
            await post(line)
            return late, len(slack.requests), slack.connections

    assert on_each_loop(run) == (TooLate(), 1, 1)
