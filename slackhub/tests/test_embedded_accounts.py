import os
import pwd
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import psycopg
import pytest

from slackhub.embedded.accounts import Account, AccountError, choose_account, require_reachable
from slackhub.embedded.addresses import default_urls, socket_folder
from slackhub.embedded.lock import folder_lock
from slackhub.embedded.log import Log
from slackhub.embedded.postgres import postgres_process
from slackhub.embedded.servers import private_folder
from slackhub.embedded.supervisor import Supervisor

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to every user, as a folder of a container mostly is."""
    with tempfile.TemporaryDirectory(prefix="hub-", dir="/tmp") as path:
        Path(path).chmod(0o755)
        yield Path(path)


def user_of_a_started_server(folder: Path, account: Account) -> str:
    """Whom the operating system takes the server for."""
    sockets = private_folder(socket_folder(folder))
    with folder_lock(folder) as lock, Supervisor(Log(StringIO())) as supervisor:
        supervisor.start(postgres_process(folder, sockets, account, lock=lock))
        supervisor.wait_ready("postgres")
        with closing(psycopg.connect(default_urls(folder).database_url)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        pid = supervisor.pid("postgres")
        return pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name


@only_root
@pytest.mark.skipif(sys.platform != "linux", reason="needs user namespaces")
def test_root_runs_it_in_a_closed_folder(folder: Path) -> None:
    if choose_account() is not Account.NAMESPACE:
        pytest.skip("user namespaces are barred here")
    folder.chmod(0o700)

    user_of_a_started_server(folder, Account.NAMESPACE)

    assert (folder / "postgres").stat().st_uid == 0


@only_root
def test_root_without_namespaces_runs_it_as_nobody(folder: Path) -> None:
    assert user_of_a_started_server(folder, Account.NOBODY) == "nobody"
    assert stat.S_IMODE(socket_folder(folder).stat().st_mode) == 0o700


@only_root
def test_the_account_may_change_between_two_starts(folder: Path) -> None:
    user_of_a_started_server(folder, Account.NOBODY)

    user_of_a_started_server(folder, choose_account())
    user_of_a_started_server(folder, Account.NOBODY)

    assert (folder / "postgres").stat().st_uid == pwd.getpwnam("nobody").pw_uid


def test_a_closed_parent_is_named(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(AccountError, match=f"nobody may not enter {closed}"):
        require_reachable(closed / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="needs an ordinary user")
def test_an_ordinary_user_stays_who_they_are() -> None:
    assert choose_account() is Account.SAME
