"""The Celery application: `celery -A slackhub.celery worker|beat`."""

import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

from celery import Celery, Task
from celery.contrib.django.task import DjangoTask
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections, transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# A broker that is frozen accepts connections and never answers.
LONGEST_SECONDS = 1.0
# Messages that wait for it in one process; further ones are left to the sweeps.
_places = BoundedSemaphore(20)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slackhub.settings")


class HubTask(DjangoTask[..., Any]):
    """A task whose message may be lost: rows say what is to be done, and sweeps look at them."""

    def publish(self, *args: Any, **kwargs: Any) -> None:
        """Enqueue now; whoever calls may be answering Slack, and waits for a second at most.

        Raises:
            OperationalError: the broker does not answer; it may get the message later all the same.
        """
        if not _places.acquire(blocking=False):
            raise OperationalError("The broker is silent.")
        future = _publisher().submit(self.delay, *args, **kwargs)
        future.add_done_callback(lambda _: _places.release())
        try:
            future.result(LONGEST_SECONDS)
        except TimeoutError as error:
            raise OperationalError("The broker is silent.") from error

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Enqueue after the commit; with the broker away the fault is logged, not raised.

        What was committed stands: its visitor must not see an error for it.
        """

        def enqueue() -> None:
            try:
                self.publish(*args, **kwargs)
            except OperationalError as error:
                # Its arguments may be people's words.
                logger.warning("%s is not enqueued: %s", self.name, error)

        transaction.on_commit(enqueue, robust=True)


# A fork leaves the thread behind, and with it what the pool believes to have.
_publishers: dict[int, ThreadPoolExecutor] = {}


def _publisher() -> ThreadPoolExecutor:
    """This process's one thread that talks to the broker."""
    return _publishers.setdefault(os.getpid(), ThreadPoolExecutor(1, "publisher"))


app: Celery[Any] = Celery("slackhub", task_cls=HubTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would close the connection after each task, and opening one costs more than most tasks.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks()


@task_prerun.connect
@task_postrun.connect
def _check_connections(sender: Task[..., Any], **_: Any) -> None:
    """As Django does around each request: what broke is opened anew, what is too old is closed."""
    if not sender.request.is_eager:
        close_old_connections()
