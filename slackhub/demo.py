"""`make demo`: the whole path on a local Slack, in a folder of its own that is emptied first.

`--once` runs it unattended: one JSON line on stdout, exit code 0 if everybody was served once.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from slackhub import processes
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.interrupt import interrupted_once
from slackhub.embedded.log import Log
from slackhub.embedded.ports import choose_port
from slackhub.embedded.servers import embedded_servers
from slackhub.embedded.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
WEB_PORT = 8000
SANDBOX_PORT = 8090
ONCE_SECONDS = 600.0


@dataclass(frozen=True)
class Place:
    """Where this demo lives."""

    folder: Path
    web_port: int
    sandbox_port: int

    @property
    def result(self) -> Path:
        return self.folder / "result.json"

    def env(self, database_url: str, redis_url: str) -> dict[str, str]:
        """The environment of every process: this demo's own, whatever the shell's is set to."""
        kept = {name: value for name, value in os.environ.items() if name not in _OURS}
        return kept | {
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "SLACK_URL": f"http://127.0.0.1:{self.sandbox_port}",
            # A proxy of this machine knows nothing of its loopback.
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }


_OURS = {
    name + ending
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL")
    for ending in ("", "_FILE")
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run unattended and judge the result")
    once = parser.parse_args().once
    # With --once stdout is for the result alone.
    log = Log(sys.stderr if once else sys.stdout)
    place = Place(ROOT / "var" / "demo", _port(log, WEB_PORT), _port(log, SANDBOX_PORT))
    try:
        with (
            interrupted_once() as hurry,
            embedded_servers(place.folder, fresh=True) as urls,
            Supervisor(log, hurry) as hub,
        ):
            _bring_up(hub, place, place.env(urls.database_url, urls.redis_url), once=once)
            if once:
                hub.wait_ready("story", timeout=ONCE_SECONDS)
            else:
                hub.wait()
    except KeyboardInterrupt:
        log.say("stopped")
        return 130 if once else 0
    except (EmbeddedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return _judge(place)


def _port(log: Log, wanted: int) -> int:
    port = choose_port(wanted)
    if port != wanted:
        log.say(f"port {wanted} is taken, using {port} instead")
    return port


def _bring_up(hub: Supervisor, place: Place, env: dict[str, str], *, once: bool) -> None:
    data = place.folder / "sandbox"
    data.mkdir(parents=True, exist_ok=True)
    hub.start(
        processes.manage("migrate", "migrate", "--no-input", "--verbosity", "0", env=env),
        processes.sandbox(place.sandbox_port, data=data, env=env),
    )
    hub.wait_ready("migrate")
    hub.start(
        processes.web(place.web_port, env=env),
        processes.worker(env=env),
        processes.sender(1, env=env),
        processes.beat(env=env),
        processes.bots(env=env),
    )
    for name in ("sandbox", "web", "worker", "bots"):
        hub.wait_ready(name)
    judged = ["--verdict", str(place.result)] if once else []
    hub.start(processes.manage("story", "demo_story", *judged, env=env))


def _judge(place: Place) -> int:
    if not place.result.exists():
        print("The demo ended without a result; its log above says why.", file=sys.stderr)
        return 1
    result = place.result.read_text().strip()
    print(result)
    return 0 if place.result.with_suffix(".ok").exists() else 1


if __name__ == "__main__":
    raise SystemExit(main())
