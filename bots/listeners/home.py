"""The App Home, and every choice in it: the same elements stand behind the hub's command."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from slack_bolt import Ack, App, BoltContext

from bots import home, preferences
from bots.people import rows_of
from bots.preferences import CHOICES, Choice
from bots.replies import Respond
from teams.models import Recipient, Team

logger = logging.getLogger(__name__)


def register(app: App) -> None:
    app.event("app_home_opened")(on_opened)
    for action_id, obey in CHOICES.items():
        app.action(action_id)(_listener(obey))
    app.action(preferences.OPEN)(_listener(lambda rows, choice: None))
    for field in (preferences.FROM, preferences.TO):
        app.action(field)(on_field)


def on_opened(event: dict[str, Any], context: BoltContext) -> None:
    # The Messages tab has its own event of the same name.
    if event.get("tab") == "home":
        home.publish(context["team"], event["user"])


def on_field(ack: Ack) -> None:
    """A field changed; it is read when the button beside it is pressed."""
    ack()


def _listener(obey: Callable[[list[Recipient], Choice], None]) -> Callable[..., None]:
    def on_choice(ack: Ack, body: dict[str, Any], context: BoltContext, respond: Respond) -> None:
        ack()
        team, user_id, now = context["team"], str(context.user_id), timezone.now()
        rows, note = rows_of(team, user_id), ""
        try:
            obey(rows, Choice.read(body, now))
        except ValidationError as error:
            note = error.messages[0]
        if "view" in body:
            _publish(team, user_id, note)
        else:
            blocks = preferences.blocks_for(team, rows[0], now, note=note)
            respond("Your preferences", blocks, replace_original=True)

    return on_choice


def _publish(team: Team, user_id: str, note: str) -> None:
    """Lost while the broker is away: what was chosen is done, and shows at the next opening."""
    home.publish_home.delay_on_commit(team.pk, user_id, note)  # type: ignore[attr-defined]
