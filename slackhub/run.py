"""`make run`: a hub at a public address, with the settings of `.env`."""

import os
import sys
from pathlib import Path

from slackhub import processes
from slackhub.dotenv import read_dotenv
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.interrupt import interrupted_once
from slackhub.embedded.log import Log
from slackhub.embedded.ports import choose_port
from slackhub.embedded.servers import embedded_servers
from slackhub.embedded.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Exit code: 0 after Ctrl-C, 1 when something could not be started, 2 for bad settings."""
    try:
        env = {**read_dotenv(ROOT / ".env"), **os.environ}
        port, slots = _number(env, "PORT", 8000), _number(env, "SENDER_SLOTS", 1)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        print(
            "Slack reaches a hub only by https: set PUBLIC_URL=https://your.host in .env "
            "(.env.example shows the rest), or try `make demo`, which needs nothing.",
            file=sys.stderr,
        )
        return 2
    if choose_port(port) != port:
        print(f"Port {port} is taken: set PORT in .env, and your proxy to it.", file=sys.stderr)
        return 2
    return _serve(env, port=port, slots=slots)


def _number(env: dict[str, str], name: str, default: int) -> int:
    value = env.get(name) or str(default)
    if not value.isdecimal() or int(value) < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")
    return int(value)


def _serve(env: dict[str, str], *, port: int, slots: int) -> int:
    log = Log(sys.stdout)
    folder = Path(env.get("VAR_DIR") or ROOT / "var" / "dev")
    try:
        with (
            interrupted_once() as hurry,
            embedded_servers(folder, environ=env) as urls,
            Supervisor(log, hurry) as hub,
        ):
            for name in ("DATABASE_URL_FILE", "REDIS_URL_FILE"):
                env.pop(name, None)
            env |= {"DATABASE_URL": urls.database_url, "REDIS_URL": urls.redis_url}
            _bring_up(hub, env=env, port=port, slots=slots)
            hub.wait()
    except KeyboardInterrupt:
        log.say("stopped")
    except (EmbeddedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _bring_up(hub: Supervisor, *, env: dict[str, str], port: int, slots: int) -> None:
    for arguments in (["check", "--deploy"], ["migrate", "--no-input"]):
        hub.start(processes.manage(arguments[0], *arguments, env=env))
        hub.wait_ready(arguments[0], timeout=300)
    hub.start(
        processes.web(port, env=env),
        processes.worker(env=env),
        *(processes.sender(number + 1, env=env) for number in range(slots)),
        processes.beat(env=env),
        processes.bots(env=env),
    )
    hub.wait_ready("web")
    hub.log.say(f"{env['PUBLIC_URL']} must lead to http://127.0.0.1:{port} (Ctrl-C stops all)")


if __name__ == "__main__":
    raise SystemExit(main())
