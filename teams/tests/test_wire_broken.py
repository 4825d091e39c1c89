"""Where a post ends without an answer: before its first byte, or after."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from teams.tests.raw_slack import answer, line_to, on_each_loop, plays, post, raw_slack, until
from teams.wire.terms import Limits, NotWritten, Unanswered

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def end_of(
    play: Callable[[asyncio.StreamWriter], Awaitable[None]], limits: Limits | None = None
) -> str:
    """Why a request that was written has no answer."""

    async def run() -> str:
        async with raw_slack(play) as slack, line_to(slack.url, limits or Limits()) as line:
            with pytest.raises(Unanswered) as refused:
                await post(line)
            assert len(slack.requests) == 1
            return str(refused.value)

    return on_each_loop(run)


@pytest.mark.parametrize(
    "piece",
    [
        b"",
        b"HTT",
        answer()[:30],
        answer()[:-1],
        CHUNKED[:-2],
        CHUNKED + b"3\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_a_close_before_the_end_of_the_answer(piece: bytes) -> None:
    assert end_of(plays(piece, close=True)) == "the connection closed"


@pytest.mark.parametrize(
    "piece",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 twohundred\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: h2\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        CHUNKED + b"zz\r\n",
    ],
)
def test_an_answer_that_is_no_http(piece: bytes) -> None:
    assert end_of(plays(piece)) == "something that is no HTTP"


@pytest.mark.parametrize(
    "piece",
    [
        answer(b" " * 3000),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 200,
    ],
    ids=["body", "header", "interim"],
)
def test_an_answer_that_does_not_end(piece: bytes) -> None:
    assert end_of(plays(piece), Limits(longest=2000)) == "longer than 2000 bytes"


def test_an_answer_that_does_not_come() -> None:
    assert end_of(plays(), Limits(answer=0.05)) == "none within 0.05 s"


def test_an_answer_that_drips() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in answer(b" " * 1000):
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    assert end_of(drip, Limits(answer=0.05)) == "none within 0.05 s"


def test_closing_the_line_ends_what_is_under_way() -> None:
    async def run() -> None:
        async with raw_slack(plays()) as slack, line_to(slack.url) as line:
            under_way = asyncio.create_task(post(line))
            await slack.arrived.wait()

            await line.close()

            with pytest.raises(Unanswered, match="this hub closed"):
                await under_way

    on_each_loop(run)


@pytest.mark.parametrize("goodbye", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_a_connection_that_ended_while_idle_is_not_written_to(goodbye: bytes) -> None:
    async def run() -> tuple[int, int]:
        async with raw_slack(plays(answer())) as slack, line_to(slack.url) as line:
            await post(line)
            slack.writers[0].write(goodbye)
            slack.writers[0].close()
            await until(lambda: line.reserve(0) == 0)
            await post(line)
            return slack.connections, len(slack.requests)

    assert on_each_loop(run) == (2, 2)


@pytest.mark.parametrize("limits", [Limits(idle=-1.0), Limits(age=-1.0)], ids=["idle", "old"])
def test_a_stale_connection_is_not_written_to(limits: Limits) -> None:
    async def run() -> int:
        async with raw_slack(plays(answer())) as slack, line_to(slack.url, limits) as line:
            await post(line)
            await post(line)
            return slack.connections

    assert on_each_loop(run) == 2


def test_idle_connections_are_closed_unasked() -> None:
    async def run() -> None:
        async with (
            raw_slack(plays(answer())) as slack,
            line_to(slack.url, Limits(idle=0.01)) as line,
        ):
            await post(line)
            await until(lambda: line.reserve(0) == 0)

    on_each_loop(run)


def test_nobody_listening_is_nothing_written() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    async def run() -> None:
        async with line_to(url) as line:
            with pytest.raises(NotWritten, match="ConnectionRefusedError"):
                await post(line)

    on_each_loop(run)


def test_a_connection_that_takes_too_long_is_nothing_written() -> None:
    async def run() -> None:
        async with line_to(url, Limits(connect=0.05)) as line:
            with pytest.raises(NotWritten, match="TimeoutError"):
                await post(line)

    # It accepts and says nothing: the handshake of TLS hangs.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        on_each_loop(run)


def test_a_host_that_nobody_knows_is_nothing_written() -> None:
    async def run() -> None:
        async with line_to("http://slack.invalid") as line:
            with pytest.raises(NotWritten):
                await post(line)

    on_each_loop(run)
