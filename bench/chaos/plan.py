"""What goes wrong, and when: the same for the same seed. Pure."""

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

# The pace of the long form, in seconds; a shorter test has shorter faults that come sooner.
FULL_SECONDS = 600.0
FULL_GAP = 4.5
LEAST_GAP = 0.75
# Between and beside a thousand kills.
KILL_SECONDS = 1.6
STORM_GAP, STORM_LONGEST = 15.0, 8.0
LEAST_SCALE = 0.05


# Whichever of them the step's number says.
SENDER = "sender"


class Fault(StrEnum):
    """Of a process, of a server, or of Slack."""

    KILL = "kill"
    TERM = "term"
    STOP = "stop"
    REDIS_EMPTY = "redis_empty"
    DATABASE_RESTART = "database_restart"
    DATABASE_KILL = "database_kill"
    DATABASE_REFUSES = "database_refuses"
    DATABASE_FREEZES = "database_freezes"
    STORM_429 = "storm_429"
    HTTP_5XX = "http_5xx"
    HANG = "hang"
    ACCEPT_THEN_DROP = "accept_then_drop"
    REVOKE = "revoke"


@dataclass(frozen=True)
class Chance:
    """How often a fault comes, on what, and for how long in the long form (seconds)."""

    fault: Fault
    target: str
    weight: int
    shortest: float = 0.0
    longest: float = 0.0


@dataclass(frozen=True)
class Step:
    """`at` and `seconds` count from the start; `number` tells lanes apart where one is hit."""

    at: float
    fault: Fault
    target: str
    seconds: float
    number: int


CHANCES = (
    Chance(Fault.KILL, SENDER, 14),
    Chance(Fault.KILL, "worker", 1),
    Chance(Fault.KILL, "beat", 1),
    Chance(Fault.KILL, "web", 1),
    Chance(Fault.TERM, SENDER, 2),
    Chance(Fault.TERM, "worker", 1),
    Chance(Fault.TERM, "beat", 1),
    Chance(Fault.TERM, "web", 1),
    Chance(Fault.STOP, SENDER, 2, 2, 150),
    Chance(Fault.STOP, "worker", 1, 2, 60),
    Chance(Fault.STOP, "beat", 1, 2, 60),
    Chance(Fault.STOP, "web", 1, 2, 60),
    Chance(Fault.REDIS_EMPTY, "valkey", 2, 0, 5),
    Chance(Fault.DATABASE_RESTART, "postgres", 1),
    Chance(Fault.DATABASE_KILL, "postgres", 1),
    Chance(Fault.DATABASE_REFUSES, "postgres", 1, 2, 60),
    Chance(Fault.DATABASE_FREEZES, "postgres", 1, 2, 60),
    Chance(Fault.STORM_429, "slack", 1, 2, 15),
    Chance(Fault.HTTP_5XX, "slack", 1, 2, 10),
    Chance(Fault.HANG, "slack", 1, 2, 10),
    Chance(Fault.ACCEPT_THEN_DROP, "slack", 2, 2, 10),
    Chance(Fault.REVOKE, "slack", 1, 2, 20),
)
# After these no delivery may be unknown: nobody died with an answer in hand.
GENTLE = frozenset(
    {
        Fault.TERM,
        Fault.REDIS_EMPTY,
        Fault.DATABASE_RESTART,
        Fault.DATABASE_KILL,
        Fault.DATABASE_REFUSES,
        Fault.DATABASE_FREEZES,
    }
)


def make_plan(
    seed: int, seconds: float, *, gap: float | None = None, only: Collection[Fault] = tuple(Fault)
) -> list[Step]:
    """The steps of a test of that length; `gap` is the mean time between two."""
    scale = min(1.0, max(LEAST_SCALE, seconds / FULL_SECONDS))
    gap = gap or max(LEAST_GAP, FULL_GAP * scale**0.5)
    chances = [chance for chance in CHANCES if chance.fault in only]
    dice = random.Random(seed)
    steps: list[Step] = []
    at = 0.0
    while (at := at + dice.uniform(gap * 2 / 3, gap * 4 / 3)) < seconds:
        chance = dice.choices(chances, [one.weight for one in chances])[0]
        lasts = max(chance.shortest, scale * dice.uniform(chance.shortest, chance.longest))
        steps.append(Step(at, chance.fault, chance.target, lasts, dice.randrange(1_000_000)))
    return steps


def make_kills(seed: int, seconds: float, kills: int) -> list[Step]:
    """A storm of kills of senders, evenly spread, and everything else rarely and shortly."""
    dice = random.Random(seed)
    gap = seconds / kills
    hunts = [
        Step((number + dice.random()) * gap, Fault.KILL, SENDER, 0.0, dice.randrange(1_000_000))
        for number in range(kills)
    ]
    others = make_plan(seed, seconds, gap=STORM_GAP, only=set(Fault) - {Fault.KILL})
    short = [replace(step, seconds=min(step.seconds, STORM_LONGEST)) for step in others]
    return sorted([*hunts, *short], key=lambda step: step.at)
