"""Bots for tests: rows whose files are those of bots/tests/files."""

from pathlib import Path
from typing import Any

from bots.models import Bot, InboxEvent
from bots.tests.hub import Hub
from sandbox.testing import wait_until
from teams.models import Team

FILES = Path(__file__).parent / "files"


def make_bot(hub: Hub, modules: str = "shop", **fields: Any) -> Bot:
    return Bot.objects.create(
        **{"slack_app": hub.slack_app, "name": "rubybot", "modules": modules} | fields
    )


def let_customize(hub: Hub, team: Team) -> None:
    """Install again, with the scope for names and icons."""
    where = {"app_id": hub.slack_app.app_id, "team_id": team.team_id}
    scopes = ["chat:write", "chat:write.customize"]
    grant = hub.slack.control("POST", "install", where | {"scopes": scopes})
    team.bot_token = grant["access_token"]
    team.save()


def answers(hub: Hub, team: Team, count: int = 1) -> list[str]:
    """The texts of the bot's first posts, waited for."""
    wait_until(lambda: len(hub.replies(team)) >= count)
    return [str(post["text"]) for post in hub.replies(team)]


def answer(hub: Hub, team: Team) -> str:
    return answers(hub, team)[0]


def settled(count: int = 1) -> bool:
    """Waits until so many messages have been dealt with."""
    done = InboxEvent.objects.exclude(state=InboxEvent.State.KEPT)
    return wait_until(lambda: done.filter(type="message").count() >= count)


def in_channel(hub: Hub, team: Team, text: str | None, **fields: Any) -> None:
    """Somebody says this in a channel that has no other guests; a new one unless it is named."""
    event = {"type": "message", "channel_type": "channel", "ts": "7.7"}
    where = {"channel": fields.get("channel") or hub.channel(team), "user": hub.people(team)[0]}
    hub.send(team, event | where | {"text": text} | fields)


def directly(hub: Hub, team: Team, text: str | None, **fields: Any) -> None:
    event = {"type": "message", "channel_type": "im", "ts": "8.8"}
    person = hub.people(team)[0]
    hub.send(team, event | {"channel": person, "user": person, "text": text} | fields)
