"""The bare loop that SlackHub is measured against: slack_sdk, one session, nothing remembered.

Run as a process of its own. Reads {"api_url", "posts": [[token, channel, text, key]]} from stdin,
writes {"cpu", "seconds"} of the posts after the warm-up.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bench.message import arguments

IN_FLIGHT = 64
WARM_UP = 500

type Post = tuple[str, str, str, str]


async def send(api_url: str, posts: list[Post]) -> dict[str, float]:
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:
        client = AsyncWebClient(base_url=api_url, session=session, retry_handlers=[])
        await _post_all(client, posts[:WARM_UP])
        cpu, started = time.process_time(), time.monotonic()
        await _post_all(client, posts[WARM_UP:])
        return {"cpu": time.process_time() - cpu, "seconds": time.monotonic() - started}


async def _post_all(client: AsyncWebClient, posts: list[Post]) -> None:
    waiting = iter(posts)
    await asyncio.gather(*(_work(client, waiting) for _ in range(IN_FLIGHT)))


async def _work(client: AsyncWebClient, posts: Iterator[Post]) -> None:
    for token, channel, text, key in posts:
        await client.chat_postMessage(token=token, **arguments(channel, text, key, 1))


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(asyncio.run(send(given["api_url"], given["posts"]))))
