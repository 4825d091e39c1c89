import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from slackhub.embedded.addresses import Urls, default_urls, silent_servers, socket_folder
from slackhub.embedded.lock import FolderInUse
from slackhub.embedded.servers import embedded_servers, private_folder

NOTHING_GIVEN: dict[str, str] = {}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: pytest's own temporary folders are too long for a socket on some systems."""
    with tempfile.TemporaryDirectory(prefix="hub-", dir="/tmp") as path:
        yield Path(path)


def ask(urls: Urls, question: str) -> Any:
    with psycopg.connect(urls.database_url, autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        return cursor.fetchone()[0] if cursor.description and cursor.rowcount else None  # type: ignore[index]


def valkey(urls: Urls) -> Any:
    return redis.Redis.from_url(urls.redis_url, decode_responses=True)


def test_both_servers_answer(folder: Path) -> None:
    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SELECT lower('ÄÖ')") == "äö"
        assert valkey(urls).ping() is True


def test_addresses_are_known_before_the_start(folder: Path) -> None:
    expected = default_urls(folder)

    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert urls == expected


def test_both_keep_what_they_hold(folder: Path) -> None:
    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        ask(urls, "CREATE TABLE kept AS SELECT 7 AS number")
        valkey(urls).set("kept", "7")

    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SELECT number FROM kept") == 7
        assert valkey(urls).get("kept") == "7"


def test_a_fresh_start_empties_the_folder(folder: Path) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "file").touch()

    with embedded_servers(folder, environ=NOTHING_GIVEN, fresh=True):
        assert not (folder / "old").exists()


def test_nothing_listens_on_a_network(folder: Path) -> None:
    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SHOW listen_addresses") == ""
        assert valkey(urls).config_get("port") == {"port": "0"}


def test_only_the_owner_reaches_the_sockets(folder: Path) -> None:
    with embedded_servers(folder, environ=NOTHING_GIVEN):
        assert stat.S_IMODE(socket_folder(folder).stat().st_mode) == 0o700


def test_given_addresses_start_nothing(folder: Path) -> None:
    given = {"DATABASE_URL": "postgresql://db.example.com/hub", "REDIS_URL": "redis://example.com"}

    with embedded_servers(folder, environ=given) as urls:
        assert urls == Urls(given["DATABASE_URL"], given["REDIS_URL"])
        assert not (folder / "postgres").exists()
        assert not (folder / "valkey").exists()


def test_one_given_address_starts_the_other_server(folder: Path) -> None:
    given = {"DATABASE_URL": "postgresql://db.example.com/hub"}

    with embedded_servers(folder, environ=given) as urls:
        assert urls.database_url == given["DATABASE_URL"]
        assert valkey(urls).ping() is True


def test_an_address_may_stand_in_a_file(folder: Path) -> None:
    secret = folder / "address"
    secret.write_text("redis://example.com\n")

    with embedded_servers(folder, environ={"REDIS_URL_FILE": str(secret)}) as urls:
        assert urls.redis_url == "redis://example.com"


def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    deep = folder / ("long" * 30)

    with embedded_servers(deep, environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SELECT 1") == 1
        assert socket_folder(deep).parent == Path("/tmp")
    assert not socket_folder(deep).exists()


def test_a_blank_in_the_path_does_no_harm(folder: Path) -> None:
    with embedded_servers(folder / "it's a folder", environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SELECT 1") == 1
        assert valkey(urls).ping() is True


def test_files_of_a_killed_server_do_not_stop_the_next(folder: Path) -> None:
    with embedded_servers(folder, environ=NOTHING_GIVEN):
        pass
    taken_by_somebody_else = os.getppid()
    (folder / "postgres" / "postmaster.pid").write_text(f"{taken_by_somebody_else}\n")
    sockets = private_folder(socket_folder(folder))
    (sockets / ".s.PGSQL.5432").touch()
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{taken_by_somebody_else}\n")
    (sockets / "valkey.sock").touch()

    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SELECT 1") == 1
        assert valkey(urls).ping() is True


def test_an_interrupted_first_start_is_made_good(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "half").touch()

    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert ask(urls, "SELECT 1") == 1


def test_a_folder_in_use_is_refused(folder: Path) -> None:
    with (
        embedded_servers(folder, environ=NOTHING_GIVEN) as urls,
        pytest.raises(FolderInUse, match=f"in use by process {os.getpid()}"),
        embedded_servers(folder, environ=NOTHING_GIVEN, fresh=True),
    ):
        raise AssertionError

    assert urls == default_urls(folder)


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (folder / "sockets").symlink_to(elsewhere)

    with pytest.raises(PermissionError, match="belongs to somebody else"):
        private_folder(folder / "sockets")


def test_silence_is_told_in_a_sentence(folder: Path) -> None:
    sentence = silent_servers(default_urls(folder))

    assert sentence is not None
    assert "Nothing answers for PostgreSQL" in sentence
    assert "make run" in sentence


def test_running_servers_are_not_silent(folder: Path) -> None:
    with embedded_servers(folder, environ=NOTHING_GIVEN) as urls:
        assert silent_servers(urls) is None


def test_addresses_elsewhere_are_not_tried() -> None:
    given = Urls("postgresql://hub@db.example.com/hub", "redis://example.com:6379/0")

    assert silent_servers(given) is None
