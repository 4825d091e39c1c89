"""What Beat wakes regularly: every sweep once, by a task that exists."""

from collections import Counter

from django.conf import settings

from slackhub.celery import app

NEEDED = {
    "broadcasts.tasks.tick",
    "broadcasts.tasks.mail",
    "bots.tasks.sweep_inbox",
    "bots.tasks.forget_events",
    "bots.tasks.run_timers",
    "broadcasts.tasks.read_histories",
    "broadcasts.tasks.renew_tokens",
    "teams.tasks.sync_all",
    "teams.tasks.resume_syncs",
    "broadcasts.tasks.remove_old_deliveries",
    "broadcasts.tasks.remove_departed_teams",
}


def test_each_sweep_is_scheduled_once_and_exists() -> None:
    app.loader.import_default_modules()

    scheduled = Counter(entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values())

    assert scheduled == Counter(NEEDED)
    assert set(app.tasks) >= NEEDED
