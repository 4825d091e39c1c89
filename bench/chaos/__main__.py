"""`make chaos`: everything breaks while a hub sends; docs/how-to/crash-test.md.

One line of JSON on stdout; exit code 0 if nothing was lost, doubled or left without a reason.
"""

import argparse
import os
import random
import sys
import time
from importlib import import_module
from pathlib import Path

import django

from bench.chaos.arena import Arena, running_arena, start_hub
from bench.chaos.plan import FULL_SECONDS, GENTLE, Fault, make_plan
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.log import Log

ROOT = Path(__file__).resolve().parent.parent.parent
FULL_DELIVERIES, SHORT_DELIVERIES = 20_000, 5_000
RULES = ("", "mark-after", "retry-ambiguous")


def main() -> int:
    given = _arguments()
    broken = os.environ.get("BREAK", "")
    if broken not in RULES:
        print(f"BREAK is one of {', '.join(RULES[1:])}.", file=sys.stderr)
        return 2
    log = Log(sys.stderr)
    log.say(f"seed {given.seed}; the processes' log is {given.folder}/processes.log")
    try:
        with running_arena(given.folder, lanes=given.lanes, broken=broken) as arena:
            start_hub(arena, broken)
            return _test(arena, given, log)
    except KeyboardInterrupt:
        return 130
    except (EmbeddedError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=FULL_SECONDS, help="how long it rages")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--deliveries", type=int)
    parser.add_argument("--lanes", type=int, default=50)
    parser.add_argument("--gap", type=float, help="mean seconds between two faults")
    parser.add_argument("--only", nargs="+", type=Fault, choices=list(Fault), default=list(Fault))
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "chaos")
    given = parser.parse_args()
    if given.deliveries is None:
        given.deliveries = FULL_DELIVERIES if given.seconds > 300 else SHORT_DELIVERIES
    return given


def _test(arena: Arena, given: argparse.Namespace, log: Log) -> int:
    plan = make_plan(given.seed, given.seconds, gap=given.gap, only=given.only)
    django.setup()
    # Models can be imported only now.
    world = import_module("bench.chaos.world").World(arena, log.say)
    world.fill(lanes=given.lanes, deliveries=given.deliveries, seconds=given.seconds)
    trial = import_module("bench.chaos.trial").Trial(arena, world, log)
    begun = time.monotonic()
    verdict, hits = trial.run(plan, given.seconds)
    is_gentle = GENTLE.issuperset(given.only)
    holds = verdict.holds and not (is_gentle and verdict.unknown_left)
    print(
        verdict.line(
            kills=hits.kills,
            kills_in_flight=hits.kills_in_flight,
            seconds=round(time.monotonic() - begun, 1),
            seed=given.seed,
            missed=hits.missed,
            faults=dict(hits.by_fault),
        )
    )
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
