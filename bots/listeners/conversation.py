"""What people say goes to the scripts: by mention in a channel, without one to the bot alone."""

from slack_bolt import App, BoltRequest

from bots.scripts.serving import hear


def register(app: App) -> None:
    app.event("app_mention")(on_words)
    app.event("message")(on_words)


def on_words(request: BoltRequest) -> None:
    hear(request)
