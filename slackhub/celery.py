"""The Celery application: `celery -A slackhub.celery worker|beat`."""

import os
import sys
from typing import Any

from celery import Celery, Task
from celery.contrib.django.task import DjangoTask
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections, transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slackhub.settings")


class HubTask(DjangoTask[..., Any]):
    """A task whose message may be lost: rows say what is to be done, and sweeps look at them."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Enqueue after the commit; with the broker away the fault is logged, not raised.

        What was committed stands: its visitor must not see an error for it.
        """

        def enqueue() -> None:
            self.delay(*args, **kwargs)

        transaction.on_commit(enqueue, robust=True)


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
