"""News of the team, its people and its channels: our mirror of them follows, and bots greet."""

import re
from typing import Any

from slack_bolt import App, BoltContext

from bots.greeting import greet
from teams.events import HANDLERS, apply_event


def register(app: App) -> None:
    app.event(re.compile(rf"^({'|'.join(HANDLERS)})$"))(on_news)


def on_news(event: dict[str, Any], context: BoltContext) -> None:
    apply_event(context["team"], event)
    greet(context["team"], event)
