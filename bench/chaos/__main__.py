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
from bench.chaos.plan import FULL_SECONDS, GENTLE, KILL_SECONDS, Fault, Step, make_kills, make_plan
from slackhub.embedded.errors import EmbeddedError
from slackhub.embedded.log import Log

ROOT = Path(__file__).resolve().parent.parent.parent
FULL_DELIVERIES, SHORT_DELIVERIES = 20_000, 5_000
# Of each lane: before an outage, and until it is back at pace.
OUTAGE_POSTS = 480
SENDERS, HUNTED_SENDERS = 4, 8
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
        # Each of a killed process is taken for alive for ten seconds more.
        slots = given.senders * (2 if given.kills else 1)
        with running_arena(
            given.folder, lanes=given.lanes, senders=given.senders, slots=slots, broken=broken
        ) as arena:
            start_hub(arena, broken)
            return _test(arena, given, log)
    except KeyboardInterrupt:
        return 130
    except (EmbeddedError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, help="how long it rages")
    parser.add_argument("--kills", type=int, help="a storm of so many kills of senders")
    parser.add_argument("--outage", type=float, help="so many seconds of --only http_5xx or hang")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--deliveries", type=int)
    parser.add_argument("--lanes", type=int, default=50)
    parser.add_argument("--senders", type=int, help="how many processes of them")
    parser.add_argument("--gap", type=float, help="mean seconds between two faults")
    parser.add_argument("--only", nargs="+", type=Fault, choices=list(Fault), default=list(Fault))
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "chaos")
    given = parser.parse_args()
    if given.seconds is None:
        given.seconds = given.kills * KILL_SECONDS if given.kills else FULL_SECONDS
    if given.senders is None:
        given.senders = HUNTED_SENDERS if given.kills else SENDERS
    if given.outage and given.only not in ([Fault.HTTP_5XX], [Fault.HANG]):
        parser.error("--outage needs --only http_5xx or --only hang")
    if given.deliveries is None:
        given.deliveries = _load(given)
    return given


def _load(given: argparse.Namespace) -> int:
    if given.outage:
        return int(given.lanes * OUTAGE_POSTS)
    return FULL_DELIVERIES if given.seconds > 300 else SHORT_DELIVERIES


def _test(arena: Arena, given: argparse.Namespace, log: Log) -> int:
    django.setup()
    # Models can be imported only now.
    world = import_module("bench.chaos.world").World(arena, log.say)
    posts = world.fill(lanes=given.lanes, deliveries=given.deliveries)
    if given.outage:
        outage = import_module("bench.chaos.outage").Outage(arena, world, log.say)
        result = outage.run(given.only[0], given.outage)
        print(result.line)
        return 0 if result.holds else 1
    trial = import_module("bench.chaos.trial").Trial(arena, world, log, posts=posts)
    begun = time.monotonic()
    verdict, hits = trial.run(_plan(given), given.seconds)
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
    is_mild = hits.kills_in_flight * 2 < hits.kills
    is_gentle = GENTLE.issuperset(given.only) and not given.kills
    holds = verdict.holds and not is_mild and not (is_gentle and verdict.unknown_left)
    return 0 if holds else 1


def _plan(given: argparse.Namespace) -> list[Step]:
    if given.kills:
        return make_kills(given.seed, given.seconds, given.kills)
    return make_plan(given.seed, given.seconds, gap=given.gap, only=given.only)


if __name__ == "__main__":
    raise SystemExit(main())
