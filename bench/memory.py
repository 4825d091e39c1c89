"""Memory of a process, as Linux accounts it."""

from pathlib import Path


def resident_mb(pid: int) -> float:
    """What the process holds in memory now, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ProcessLookupError(pid)


def family_mb(pid: int) -> float:
    """The same with all its descendants; what they share counts for each of them."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = {int(child) for task in tasks for child in task.read_text().split()}
    return resident_mb(pid) + sum(map(family_mb, children))
