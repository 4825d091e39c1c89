"""CPU time of processes, children included, as Linux accounts it."""

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _FIRST_TIME = 1, 11


def cpu_seconds(pid: int) -> float:
    """User and system time of the process and all its descendants, the ended ones included.

    A parent inherits the times of the children that it has waited for; see proc_pid_stat(5).
    """
    stats = _all_stats()
    children = defaultdict(list)
    for child, fields in stats.items():
        children[int(fields[_PARENT])].append(child)
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        total += sum(int(ticks) for ticks in stats[one][_FIRST_TIME : _FIRST_TIME + 4])
        waiting += children[one]
    return total / _TICKS


def _all_stats() -> dict[int, list[str]]:
    """The fields after the command's name, which may itself hold spaces and brackets."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(path.parent.name)] = path.read_text().rpartition(") ")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
