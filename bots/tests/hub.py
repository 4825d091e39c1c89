"""A Slack app that is registered at the sandbox, installed there, and a row here."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from sandbox.testing import RunningSandbox, wait_until
from teams.models import Recipient, SlackApp, Team
from teams.tests.factories import make_app, make_person, make_team


@dataclass(frozen=True)
class Hub:
    """One app on both sides, whose events reach the live server."""

    slack: RunningSandbox
    server_url: str
    slack_app: SlackApp

    def workspace(self, **fields: Any) -> Team:
        """A new workspace with the app installed."""
        made = self.slack.control("POST", "workspaces", {"people": 3, "channels": 2} | fields)
        where = {"app_id": self.slack_app.app_id, "team_id": made["team_id"]}
        grant = self.slack.control("POST", "install", where)
        return make_team(
            self.slack_app,
            team_id=made["team_id"],
            name=made["name"],
            bot_token=grant["access_token"],
            bot_user_id=grant["bot_user_id"],
            bot_id=grant["bot_id"],
            installed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def people(self, team: Team) -> list[str]:
        """User ids of those whom a message reaches."""
        users = self.slack.control("GET", f"workspaces/{team.team_id}/users")
        return [user["id"] for user in users if user["reachable"]]

    def person(self, team: Team) -> Recipient:
        """One of them, as a row."""
        return make_person(team, slack_id=self.people(team)[0])

    def say(self, team: Team, text: str, **where: Any) -> dict[str, Any]:
        """Somebody writes; in a direct message unless `channel` says where."""
        body = {"app_id": self.slack_app.app_id, "user": self.people(team)[0], "text": text}
        said: dict[str, Any] = self.slack.control(
            "POST", f"workspaces/{team.team_id}/say", body | where
        )
        return said

    def send(self, team: Team, event: dict[str, Any], **fields: Any) -> str:
        """An event through the signed path; its id."""
        body = {"app_id": self.slack_app.app_id, "event": event} | fields
        answer = self.slack.control("POST", f"workspaces/{team.team_id}/events", body)
        return str(answer["event_id"])

    def channel(self, team: Team) -> str:
        """A public channel that the bot is in."""
        path = f"workspaces/{team.team_id}/channels"
        made = self.slack.control("POST", path, {"name": "tea-kitchen"})
        members = f"{path}/{made['id']}/members"
        self.slack.control("POST", members, {"app_id": self.slack_app.app_id})
        for user in self.people(team):
            self.slack.control("POST", members, {"user": user})
        return str(made["id"])

    def press(self, team: Team, post: Mapping[str, Any], action_id: str, user: str) -> int:
        """Somebody presses a button; the status that the hub answers with."""
        where = {"team_id": team.team_id, "channel": post["channel"], "ts": post["ts"]}
        press = where | {"action_id": action_id, "user": user}
        return int(self.slack.control("POST", "click", press)["status"])

    def seen(self, team: Team, channel: str, user: str) -> str:
        """The conversation as that person sees it, in HTML."""
        path = f"/w/{team.team_id}/c/{channel}/log"
        with urlopen(f"{self.slack.url}{path}?{urlencode({'as': user})}") as page:
            return html.unescape(page.read().decode())

    def sees(self, team: Team, post: Mapping[str, Any], user: str, text: str) -> bool:
        """Whether that person comes to see this text."""
        return wait_until(lambda: text in self.seen(team, post["channel"], user))

    def replies(self, team: Team) -> list[dict[str, Any]]:
        return self.slack.posts(team_id=team.team_id)

    def reply(self, team: Team) -> dict[str, Any]:
        """The first post of the bot, waited for."""
        return wait_until(lambda: self.replies(team))[0]

    def attempts(self, event_id: str) -> list[dict[str, Any]]:
        """How the hub answered an event so far."""
        events = self.slack.control("GET", "events")
        return [
            attempt
            for event in events
            if event["event_id"] == event_id
            for attempt in event["attempts"]
        ]

    def acknowledged(self, event_id: str) -> list[dict[str, Any]]:
        return wait_until(lambda: self.attempts(event_id))


def make_hub(slack: RunningSandbox, server_url: str) -> Hub:
    slack_app = make_app()
    hub = Hub(slack, server_url, slack_app)
    slack.control(
        "PUT",
        f"apps/{slack_app.app_id}",
        {
            "name": slack_app.name,
            "client_id": slack_app.client_id,
            "client_secret": slack_app.client_secret,
            "signing_secret": slack_app.signing_secret,
            "request_url": f"{server_url}/slack/{slack_app.slug}/events",
            "options_load_url": f"{server_url}/slack/{slack_app.slug}/events",
        },
    )
    return hub
