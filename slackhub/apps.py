from django.apps import AppConfig


class SlackhubConfig(AppConfig):
    name = "slackhub"
    verbose_name = "SlackHub"

    def ready(self) -> None:
        # Importing registers the checks; settings must be complete by then.
        from slackhub import checks  # noqa: F401
