"""What is left out of the log: the heartbeat of a hub at rest."""

import logging

HEARTBEAT = "broadcasts.tasks.tick"


class WithoutHeartbeat(logging.Filter):
    """Celery tells three times of every tick, which comes every few seconds for ever."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO or HEARTBEAT not in record.getMessage()
