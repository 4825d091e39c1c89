"""What the bots react to. The first listener that matches a request is the one that runs."""

from slack_bolt import App

from bots.listeners import buttons, conversation, directory, home, hub, lifecycle
from teams.models import SlackApp


def register(app: App, slack_app: SlackApp) -> None:
    for module in (lifecycle, directory, conversation, buttons, home):
        module.register(app)
    hub.register(app, slack_app.hub_command)
