import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from slackhub.embedded.ports import choose_port, page_answers
from slackhub.tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def settings_of_a_hub() -> Iterator[dict[str, str]]:
    """A hub of its own: the servers of the test run are not its."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="hub-", dir="/tmp") as folder:
        yield {
            **kept,
            "VAR_DIR": folder,
            "PUBLIC_URL": "https://hub.example.com",
            "SECRET_KEY": "only-for-this-test-" + "k3y!" * 12,
            "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "PORT": str(choose_port(18000)),
        }


def run(env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "slackhub.run"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def refusal(env: dict[str, str]) -> str:
    """What it says when it ends at once with exit code 2."""
    with run(env) as hub:
        said, _ = hub.communicate(timeout=20)
    assert hub.returncode == 2
    return said


def test_a_hub_runs_until_it_is_told_to_stop(settings_of_a_hub: dict[str, str]) -> None:
    port = int(settings_of_a_hub["PORT"])
    with run(settings_of_a_hub) as hub:
        wait_until(lambda: page_answers(port, "/healthz") or hub.poll() is not None, seconds=60)

        hub.send_signal(signal.SIGTERM)

        said, _ = hub.communicate(timeout=40)
        assert hub.returncode == 0, said
        assert said.endswith("stopped\n")
        assert not page_answers(port, "/healthz")


def test_an_address_that_slack_cannot_reach_is_refused(settings_of_a_hub: dict[str, str]) -> None:
    said = refusal({**settings_of_a_hub, "PUBLIC_URL": "http://hub.example.com"})

    assert "set PUBLIC_URL=https://" in said


def test_a_taken_port_is_refused(settings_of_a_hub: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = refusal({**settings_of_a_hub, "PORT": str(port)})

    assert f"Port {port} is taken" in said


def test_nonsense_for_a_number_is_refused(settings_of_a_hub: dict[str, str]) -> None:
    said = refusal({**settings_of_a_hub, "SENDER_SLOTS": "many"})

    assert "SENDER_SLOTS must be a whole number of at least 1, not 'many'." in said
