"""A worker whose senders note the slot that each post was granted, in $VAR_DIR/slots.

`celery -A bench.watched_sender worker -Q senders ...`, in place of slackhub.celery. One line for
each post: the delivery's id and the slot in seconds of the system's clock.
"""

import time
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from slackhub.celery import app as app

SLOTS = "slots"


def _watch() -> None:
    lanes = import_module("broadcasts.sending.lane").LaneState
    choose = lanes.next_between
    # Written line by line: nobody tells the process when it is read.
    notes = (Path(settings.VAR_DIR) / SLOTS).open("a", buffering=1)

    def next_between(lane: Any, now: float, *rest: Any, **named: Any) -> Any:
        granted = lane.first_slot if lane.slots else now
        found = choose(lane, now, *rest, **named)
        if found:
            notes.write(f"{found[0].due.id} {time.time() + granted - now:.4f}\n")
        return found

    lanes.next_between = next_between


django.setup()
# Models can be imported only now.
_watch()
