"""What is left out of the log: the heartbeat of a hub at rest."""

import logging

HEARTBEATS = ("broadcasts.tasks.tick", "bots.tasks.sweep_inbox")


class WithoutHeartbeat(logging.Filter):
    """Celery tells three times of every tick, which comes every few seconds for ever."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.INFO:
            return True
        message = record.getMessage()
        return not any(heartbeat in message for heartbeat in HEARTBEATS)
