"""The hub's command: preferences and help for everybody, status for those who may see it."""

from django.utils import timezone
from kombu.exceptions import OperationalError
from slack_bolt import Ack, App, BoltContext

from bots import preferences, status
from bots.people import rows_of
from teams.models import Team


def register(app: App, command: str) -> None:
    app.command(command)(on_command)


def on_command(ack: Ack, command: dict[str, str], context: BoltContext) -> None:
    team: Team = context["team"]
    match command.get("text", "").split():
        case [word, *_] if word.casefold() in ("preferences", "prefs"):
            person = rows_of(team, command["user_id"])[0]
            blocks = preferences.blocks_for(team, person, timezone.now())
            ack(text="Your preferences", blocks=blocks)
        case [word, *_] if word.casefold() == "status":
            ack(text=_look_up(team, command))
        case _:
            ack(text=help_text(command["command"]))


def help_text(name: str) -> str:
    return (
        f"• `{name} preferences` what you receive, and when: mute, quiet hours, stop\n"
        f"• `{name} status` how far the messages to this workspace are, for its admins\n"
        f"• `{name} help` this list"
    )


def _look_up(team: Team, command: dict[str, str]) -> str:
    """Counting may take longer than Slack waits: a worker tells."""
    try:
        status.tell.publish(  # type: ignore[attr-defined]
            team.pk, command["user_id"], command["response_url"]
        )
    except OperationalError:
        return "I cannot look it up right now: please ask again in a minute."
    return "I am looking…"
