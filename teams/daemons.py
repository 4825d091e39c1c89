"""What the long-lived processes have in common that talk to Slack: senders and run_bots."""

import asyncio
import gc
from importlib import import_module
from importlib.util import find_spec

# Objects made and not yet freed; Python's own 2,000 would be reached many times a second.
COLLECT_AFTER = 50_000


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed: a fifth less work for each of a sender's posts."""
    uvloop = import_module("uvloop") if find_spec("uvloop") else asyncio
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def spare_collector() -> None:
    """Thousands of rows and requests are always under way, and hardly any of them in a cycle.

    What start-up has made stays for as long as the process and need not be looked at again.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
