"""What is left out of the log: the heartbeat of a hub at rest, the way to a meant refusal."""

import logging
from collections.abc import Collection


class WithoutHeartbeat(logging.Filter):
    """Celery tells three times of every tick, and several tasks come every few seconds for ever."""

    def __init__(self, tasks: Collection[str]) -> None:
        super().__init__()
        self._tasks = tasks

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.INFO:
            return True
        message = record.getMessage()
        return not any(task in message for task in self._tasks)


class WithoutRefusedWays(logging.Filter):
    """Django gives each 403 its traceback: forty lines for a page that somebody may not see."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request" and record.levelno < logging.ERROR:
            record.exc_info = None
        return True
