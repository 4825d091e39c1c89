from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "teams"
    verbose_name = "Teams"

    def ready(self) -> None:
        # The checks import models, which Django has loaded only by now.
        from teams import checks  # noqa: F401
