"""The Celery application: `celery -A slackhub.celery worker|beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slackhub.settings")

app = Celery("slackhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
