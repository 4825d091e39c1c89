from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"
    verbose_name = "Bots"

    def ready(self) -> None:
        # Models can be imported only now.
        from bots.welcome import welcome
        from teams import hooks

        hooks.installed.append(welcome)
