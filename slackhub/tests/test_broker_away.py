"""With the broker away, what was committed stands and nobody sees an error for it."""

import pytest
from celery import Celery
from django.db import transaction

from slackhub.celery import HubTask
from teams import tasks
from teams.models import SlackApp
from teams.tests.factories import make_app


def test_our_tasks_are_such_tasks() -> None:
    assert isinstance(tasks.sync_team, HubTask)


@pytest.mark.django_db(transaction=True)
def test_a_commit_stands_though_its_message_cannot_be_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = "redis://127.0.0.1:1/0"
    nowhere: Celery[HubTask] = Celery("nowhere", broker=broker, set_as_current=False)
    nowhere.conf.task_publish_retry = False

    @nowhere.task(name="nowhere.task", base=HubTask)
    def do_nothing() -> None:
        """Its message reaches nobody."""

    with transaction.atomic():
        slack_app = make_app()
        do_nothing.delay_on_commit()

    assert SlackApp.objects.filter(pk=slack_app.pk).exists()
    assert "Error calling" in caplog.text
