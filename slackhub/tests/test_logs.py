"""What a reader of the log is spared."""

import logging
import sys

from slackhub.logs import WithoutRefusedWays


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
