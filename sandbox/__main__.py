"""`python -m sandbox`: see `--help` and docs/reference/sandbox.md."""

import argparse
import asyncio
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sandbox.app import run
from sandbox.state import Sandbox


def main() -> None:
    parser = argparse.ArgumentParser("python -m sandbox", description="A local Slack.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="folder of ledger.jsonl")
    parser.add_argument("--scale", type=float, default=1.0, help="of the waits between retries")
    parser.add_argument("--seed", choices=("demo", "none"), default="demo")
    parser.add_argument("--port-file", type=Path, help="gets the port when the sandbox is ready")
    parser.add_argument("--pem", type=Path, help="gets a certificate for TLS at a port of its own")
    chosen = parser.parse_args()
    state = Sandbox(chosen.data, seed=chosen.seed, scale=chosen.scale)
    factory = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(run(state, chosen.host, chosen.port, chosen.port_file, pem=chosen.pem))


if __name__ == "__main__":
    main()
