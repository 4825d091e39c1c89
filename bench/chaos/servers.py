"""Blows to the database and to Redis."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial

import psycopg
from redis import Redis, RedisError

from bench.chaos.arena import Arena
from slackhub.embedded.addresses import POSTGRES_SOCKET, socket_folder

type End = Callable[[], None]

_CLIENTS = """
    SELECT pid FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Away(Exception):
    """The server is down or held already: this blow misses."""


def signal_database(arena: Arena, number: signal.Signals) -> None:
    """SIGINT restarts it in order, SIGKILL does not; the embedded supervisor starts it again."""
    with _connected(arena):
        os.kill(arena.postmaster, number)


def refuse_connections(arena: Arena) -> End:
    """Sessions are cut and none can be opened, until the end."""
    socket = socket_folder(arena.folder) / POSTGRES_SOCKET
    aside = socket.with_name("aside")
    with _connected(arena) as connection:
        socket.rename(aside)
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({_CLIENTS}) AS clients")

    def end() -> None:
        aside.rename(socket)

    return end


def freeze_database(arena: Arena) -> End:
    """As behind a dead network: everybody waits for an answer, until the end."""
    with _connected(arena) as connection:
        frozen = [arena.postmaster]
        _signal(frozen, signal.SIGSTOP)
        frozen += [int(str(pid)) for (pid,) in connection.execute(_CLIENTS).fetchall()]
    _signal(frozen, signal.SIGSTOP)
    return partial(_signal, frozen, signal.SIGCONT)


def freeze_redis(arena: Arena) -> End:
    """Nobody gets an answer; at the end it dies and comes back empty."""
    try:
        with Redis.from_url(arena.redis_url, socket_timeout=1) as redis:
            pid = int(redis.info("server")["process_id"])
    except RedisError as error:
        raise Away from error
    _signal([pid], signal.SIGSTOP)

    def end() -> None:
        # Frozen, it writes no line after the file is gone.
        shutil.rmtree(arena.folder / "valkey" / "appendonlydir", ignore_errors=True)
        _signal([pid], signal.SIGKILL)

    return end


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _connected(arena: Arena) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return arena.connect()
    except psycopg.OperationalError as error:
        raise Away from error
