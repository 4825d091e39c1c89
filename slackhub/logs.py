"""What is left out of the log: the heartbeat of a hub at rest, the way to a meant refusal."""

import logging

HEARTBEATS = ("broadcasts.tasks.tick", "bots.tasks.sweep_inbox")


class WithoutHeartbeat(logging.Filter):
    """Celery tells three times of every tick, which comes every few seconds for ever."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.INFO:
            return True
        message = record.getMessage()
        return not any(heartbeat in message for heartbeat in HEARTBEATS)


class WithoutRefusedWays(logging.Filter):
    """Django gives each 403 its traceback: forty lines for a page that somebody may not see."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request" and record.levelno < logging.ERROR:
            record.exc_info = None
        return True
