"""What the bots react to. The first listener that matches a request is the one that runs."""

from slack_bolt import App

from bots.listeners import buttons, conversation, directory, home, hub, lifecycle


def register(app: App) -> None:
    for module in (lifecycle, directory, conversation, buttons, home, hub):
        module.register(app)
