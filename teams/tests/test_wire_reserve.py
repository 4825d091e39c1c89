"""Connections are there before they are needed, and only as many as were asked for."""

import asyncio
import socket

import pytest

from teams.tests.raw_slack import answer, line_to, on_each_loop, plays, post, raw_slack, until
from teams.wire.terms import CONNECTIONS, Limits, NotWritten


def test_posts_go_over_what_was_reserved() -> None:
    async def run() -> tuple[int, int, int]:
        async with raw_slack(plays(answer())) as slack, line_to(slack.url) as line:
            at_first = line.reserve(3)
            await until(lambda: line.reserve(3) == 3)
            await asyncio.gather(*(post(line) for _ in range(3)))
            return at_first, line.reserve(3), slack.connections

    assert on_each_loop(run) == (0, 3, 3)


def test_those_under_way_count() -> None:
    async def run() -> tuple[int, int]:
        async with raw_slack(plays()) as slack, line_to(slack.url) as line:
            under_way = asyncio.create_task(post(line))
            await slack.arrived.wait()
            at_first = line.reserve(2)
            await until(lambda: line.reserve(2) == 2)
            await line.close()
            await asyncio.gather(under_way, return_exceptions=True)
            return at_first, slack.connections

    assert on_each_loop(run) == (1, 2)


def test_a_stale_connection_does_not_count() -> None:
    async def run() -> int:
        limits = Limits(idle=-1.0)
        async with raw_slack(plays(answer())) as slack, line_to(slack.url, limits) as line:
            await post(line)
            return line.reserve(0)

    assert on_each_loop(run) == 0


def test_while_none_can_be_made_posts_are_let_through_to_say_why() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    async def run() -> int:
        async with line_to(url) as line:
            line.reserve(1)
            await until(lambda: line.reserve(0) == 0 and line.reserve(2) == 2)
            with pytest.raises(NotWritten):
                await post(line)
            return line.reserve(CONNECTIONS + 1)

    assert on_each_loop(run) == CONNECTIONS
