"""What every hub understands by itself; a bot's own command of the same name wins."""

from bots.replies import Say
from bots.scripts.hearing import Said
from bots.scripts.script import Script
from teams.models import Team

script = Script()


@script.command("hi")
def hi(said: Said, say: Say) -> None:
    """says hello"""
    say(f"Hi <@{said.user}>!")


@script.command("about")
def about(team: Team, say: Say) -> None:
    """tells who I am and how to stop my messages"""
    say(
        f"I am {team.slack_app.name}, and I bring you messages that are sent on a schedule. "
        "Every one of them can be stopped by the button under it. Say `help` for what I understand."
    )
