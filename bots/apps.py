from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"
    verbose_name = "Bots"

    def ready(self) -> None:
        # Models can be imported only now.
        from bots.departures import switch_off
        from bots.scripts import hooking
        from bots.welcome import welcome
        from teams import hooks

        hooks.installing.append(hooking.on_installing)
        hooks.installed += [welcome, hooking.on_installed]
        hooks.disconnected.append(hooking.on_disconnected)
        hooks.removing.append(switch_off)
        hooks.error.append(hooking.on_error)
