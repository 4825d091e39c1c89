"""The usual way that SlackHub is measured against: one Celery task per message.

Tuned where it can be: no result, acked early, everything but the row's two states in the task's
arguments, one database connection, one client and one TLS context, no retries. The
client still opens a connection for each message: slack_sdk's WebClient always does.

`celery -A bench.one_task worker -Q one_task`.
"""

import os
import ssl
import threading
from functools import cache
from typing import Any

import psycopg
from celery import Celery
from django.conf import settings
from slack_sdk import WebClient

from bench.message import arguments

QUEUE = "one_task"

_MARK = """
    UPDATE broadcasts_delivery
    SET state = 'posting', attempt = attempt + 1, marked_at = clock_timestamp()
    WHERE id = %s AND attempt = %s AND state || '' = 'ready'
"""
_SETTLE = """
    UPDATE broadcasts_delivery
    SET state = 'sent', channel = %s, ts = %s, settled_at = clock_timestamp()
    WHERE id = %s AND attempt = %s AND state || '' = 'posting'
"""

app = Celery("one_task", set_as_current=False)
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_prefetch_multiplier=32,
)
_thread = threading.local()


class Tools:
    """What a thread needs for its posts, made once."""

    def __init__(self) -> None:
        self.client = WebClient(
            base_url=f"{settings.SLACK_URL}/api/", ssl=_tls(), retry_handlers=[]
        )
        self.database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _tools() -> Tools:
    if not hasattr(_thread, "tools"):
        _thread.tools = Tools()
    tools: Tools = _thread.tools
    return tools


@app.task
def post(delivery: int, token: str, channel: str, text: str) -> None:
    """Mark, post, settle."""
    tools = _tools()
    if not tools.database.execute(_MARK, (delivery, 0)).rowcount:
        return
    answer: Any = tools.client.chat_postMessage(
        token=token, **arguments(channel, text, str(delivery), 1)
    )
    tools.database.execute(_SETTLE, (answer["channel"], answer["ts"], delivery, 1))
