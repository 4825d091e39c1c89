"""With the broker away, what was committed stands and nobody sees an error for it."""

from threading import Event

import pytest
from celery import Celery
from django.db import transaction

import slackhub.celery
from bots.tasks import handle_event
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
    assert "nowhere.task is not enqueued" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_broker_that_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slackhub.celery, "LONGEST_SECONDS", 0.05)
    answers = Event()
    slackhub.celery._publisher().submit(answers.wait, 10)

    for _ in range(30):
        handle_event.delay_on_commit(0)  # type: ignore[attr-defined]
    answers.set()

    slackhub.celery._publisher().submit(int).result(10)
    silent = "bots.tasks.handle_event is not enqueued: The broker is silent."
    assert caplog.text.count(silent) == 30
