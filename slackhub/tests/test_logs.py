"""What a reader of the log is spared."""

import logging
import sys
from typing import Any

import pytest
from django.conf import settings

from slackhub.logs import WithoutHeartbeat, WithoutRefusedWays


def _record(level: int) -> logging.LogRecord:
    try:
        raise PermissionError
    except PermissionError:
        way = sys.exc_info()
    return logging.LogRecord("django.request", level, __file__, 1, "Forbidden: /", None, way)


def test_a_refusal_is_one_line() -> None:
    record = _record(logging.WARNING)

    assert WithoutRefusedWays().filter(record)
    assert record.exc_info is None


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    record = _record(logging.ERROR)

    assert WithoutRefusedWays().filter(record)
    assert record.exc_info is not None


def _spared(level: int, message: str) -> bool:
    filters: Any = settings.LOGGING["filters"]
    record = logging.LogRecord("celery.beat", level, __file__, 1, message, None, None)
    return not WithoutHeartbeat(filters["without_heartbeat"]["tasks"]).filter(record)


@pytest.mark.parametrize("task", ["broadcasts.tasks.tick", "bots.tasks.run_timers"])
def test_what_comes_every_few_seconds_is_not_told(task: str) -> None:
    assert _spared(logging.INFO, f"Scheduler: Sending due task SlackHub: it ({task})")


def test_what_goes_wrong_every_few_seconds_is_told() -> None:
    assert not _spared(logging.ERROR, "Task bots.tasks.run_timers[1] raised unexpected: Oh()")


def test_work_for_somebody_is_told() -> None:
    assert not _spared(logging.INFO, "Task bots.tasks.handle_event[1] received")
