"""The Celery application: `celery -A slackhub.celery worker|beat`."""

import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction

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
app.autodiscover_tasks()
