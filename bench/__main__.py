"""`python -m bench`: the figures of docs/reference/benchmarks.md, measured here and now.

A table for people per subject, then one JSON line per figure. Each subject is measured in a
process of its own, on servers of its own in var/bench; nothing is left running.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

# Each is a module of this package with one `measure(stage)`; in the order of the docs.
SUBJECTS = (
    "cost",
    "intake",
    "sockets",
    "events",
    "apps",
    "drops",
    "allowance",
    "fairness",
    "growth",
    "expansion",
    "start",
    "sync",
)


def main() -> int:
    """Exit code: 0 when every figure could be measured, whether or not it holds."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=SUBJECTS)
    chosen = parser.parse_args().only
    if not sys.platform.startswith("linux"):
        print("The CPU time of processes is read from /proc, which only Linux has.")
        return 2
    lines: list[str] = []
    failed = False
    try:
        for subject in chosen:
            result = _measure(subject)
            if result is None:
                failed = True
                print(f"{subject} could not be measured\n", flush=True)
            else:
                lines += result["lines"]
                print(result["told"], end="\n\n", flush=True)
    except KeyboardInterrupt:
        return 130
    print("\n".join(lines))
    return 1 if failed else 0


def _measure(subject: str) -> dict[str, Any] | None:
    """What bench.alone has found; None when it failed and has said why."""
    command = [sys.executable, "-m", "bench.alone", subject]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told, _ = process.communicate()
        except KeyboardInterrupt:
            # It got the same signal, and stops its servers.
            process.wait()
            raise
    if process.returncode:
        return None
    result: dict[str, Any] = json.loads(told)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
