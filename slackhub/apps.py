from django.apps import AppConfig

from slackhub.celery import app as celery_app


class SlackhubConfig(AppConfig):
    name = "slackhub"
    verbose_name = "SlackHub"

    def ready(self) -> None:
        # The web's threads enqueue too: without a default they would look for another broker.
        celery_app.set_default()
        # Importing registers the checks; settings must be complete by then.
        from slackhub import checks  # noqa: F401
