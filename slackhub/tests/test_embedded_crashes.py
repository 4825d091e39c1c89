import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from slackhub.embedded.addresses import default_urls, silent_servers
from slackhub.embedded.servers import embedded_servers
from slackhub.tests.waiting import is_alive, wait_until

HOLD = """
import sys
from pathlib import Path
from slackhub.embedded.servers import embedded_servers
with embedded_servers(Path(sys.argv[1]), environ={}):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hub-", dir="/tmp") as path:
        yield Path(path)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def processes_naming(text: str) -> list[int]:
    found = subprocess.run(
        ["ps", "-ewwo", "pid=,args="], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if text in line]


def test_killing_the_supervisor_orphans_nothing(folder: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"up\n"
    server = postmaster(folder)

    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()

    wait_until(lambda: not is_alive(server))
    wait_until(lambda: not processes_naming(str(folder)))
    with embedded_servers(folder, environ={}) as urls:
        assert silent_servers(urls) is None


def test_a_crashed_server_is_started_again(folder: Path) -> None:
    with embedded_servers(folder, environ={}) as urls:
        server = postmaster(folder)

        os.kill(server, signal.SIGKILL)

        wait_until(lambda: not is_alive(server))
        wait_until(lambda: silent_servers(urls) is None)
        wait_until(lambda: accepts(urls.database_url))
        assert postmaster(folder) != server


def accepts(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_end_leaves_nothing_running(folder: Path) -> None:
    with embedded_servers(folder, environ={}):
        assert processes_naming(str(folder))

    assert not processes_naming(str(folder))
    assert silent_servers(default_urls(folder)) is not None
