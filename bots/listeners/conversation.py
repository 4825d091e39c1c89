"""hi, help and about: by mention in a channel, without one in a direct message."""

from collections.abc import Callable
from typing import Any

from slack_bolt import App, BoltContext

from bots.addressing import command_in, is_direct, is_spoken, words_for
from bots.replies import Say
from teams.models import Team

type Command = Callable[[Team, str], str]


def register(app: App) -> None:
    app.event("app_mention")(on_mention)
    app.event("message")(on_message)


def on_mention(event: dict[str, Any], context: BoltContext, say: Say) -> None:
    # A mention in a direct message is heard as a message.
    if is_spoken(event) and not is_direct(event):
        _answer(event, context["team"], say)


def on_message(event: dict[str, Any], context: BoltContext, say: Say) -> None:
    # What is said to the bot in a channel comes as a mention as well.
    if is_spoken(event) and is_direct(event):
        _answer(event, context["team"], say)


def _answer(event: dict[str, Any], team: Team, say: Say) -> None:
    words = words_for(team.bot_user_id, event.get("text") or "", direct=is_direct(event))
    if words is None:
        return
    command = COMMANDS.get(command_in(words), about if not words else _unknown)
    say(command(team, event["user"]))


def hi(team: Team, user: str) -> str:
    """says hello"""
    return f"Hi <@{user}>!"


def about(team: Team, user: str) -> str:
    """tells who I am and how to stop my messages"""
    return (
        f"I am {team.slack_app.name}, and I bring you messages that are sent on a schedule. "
        "Every one of them can be stopped by the button under it. Say `help` for what I understand."
    )


def help_(team: Team, user: str) -> str:
    """lists what I understand"""
    lines = [f"• `{name}` {command.__doc__}" for name, command in COMMANDS.items()]
    return "\n".join(["I understand:", *lines])


def _unknown(team: Team, user: str) -> str:
    return "Sorry, I do not understand that. Say `help` for what I do."


COMMANDS: dict[str, Command] = {"hi": hi, "help": help_, "about": about}
