"""What the bots react to. The first listener that matches a request is the one that runs."""

from slack_bolt import App

from bots.listeners import buttons, canned, conversation, directory, lifecycle


def register(app: App) -> None:
    for module in (lifecycle, directory, canned, conversation, buttons):
        module.register(app)
