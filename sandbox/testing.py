"""A running sandbox for tests and benchmarks of any part of the project.

    with running_sandbox() as sb:
        sb.control("PUT", "apps/A1", {"client_id": "1.2", "request_url": None})
        team = sb.control("POST", "workspaces", {"domain": "acme", "people": 5})
        bot = sb.control("POST", "install", {"app_id": "A1", "team_id": team["team_id"]})
        WebClient(token=bot["access_token"], base_url=sb.api_url).auth_test()

As a fixture: `@pytest.fixture(scope="session")` around it, and `sb.control("POST", "reset")` before
each test. The sandbox is a process of its own on a free port of 127.0.0.1; it is gone when the
block ends, however it ends.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

START_SECONDS = 15.0
STOP_SECONDS = 5.0


@dataclass(eq=False)
class ControlError(Exception):
    """A control verb that was refused."""

    status: int
    answer: Any


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """`url` is the base of all addresses; `process` is for those who want to kill it.

    `tls_url` is the same over TLS, trusted with SSL_CERT_FILE=`pem`.
    """

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    tls_url: str = ""

    @property
    def pem(self) -> Path:
        return self.folder / "sandbox.pem"

    @property
    def api_url(self) -> str:
        """What a Slack client takes as `base_url`."""
        return f"{self.url}/api/"

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        """Call /control/`path`; its JSON, or ControlError for a status of 400 and above."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        try:
            payload = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"}
            connection.request(verb, f"/control/{path}", payload, headers)
            answer = connection.getresponse()
            value = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlError(answer.status, value)
        return value

    def posts(self, **filters: str) -> list[dict[str, Any]]:
        """The posts in the ledger, with metadata; filters: team_id, app_id, since."""
        query = "&".join(f"{key}={value}" for key, value in {"metadata": "1", **filters}.items())
        posts: list[dict[str, Any]] = self.control("GET", f"ledger?{query}")["posts"]
        return posts


@contextmanager
def running_sandbox(
    *,
    seed: str = "none",
    scale: float = 1.0,
    folder: Path | None = None,
    port: int = 0,
    tls: bool = False,
) -> Iterator[RunningSandbox]:
    """Start `python -m sandbox` and stop it at the end; without `folder` its data are thrown away.

    RuntimeError when it does not come up within `START_SECONDS`.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-") as temporary:
        data = folder or Path(temporary)
        port_file = Path(temporary) / "port"
        command = [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(data)]
        command += ["--seed", seed, "--scale", str(scale), "--port-file", str(port_file)]
        command += ["--pem", str(data / "sandbox.pem")] if tls else []
        root = Path(__file__).parent.parent
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: port_file.exists() or process.poll() is not None, START_SECONDS)
            if process.poll() is not None:
                raise RuntimeError(f"the sandbox ended at once with code {process.returncode}")
            chosen, *over_tls = port_file.read_text().split()
            tls_url = f"https://127.0.0.1:{over_tls[0]}" if over_tls else ""
            yield RunningSandbox(f"http://127.0.0.1:{chosen}", data, process, tls_url)
        finally:
            _stop(process)


def wait_until[T](condition: Callable[[], T], seconds: float = 10.0) -> T:
    """The first true value of `condition`; RuntimeError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing came of it within {seconds:g} s")
        time.sleep(0.01)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
