"""Plain functions that make rows; every default is unique, so that two teams never collide."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from teams.models import Lane, Recipient, SlackApp, Team

_numbers = count(1)


def make_app(**fields: Any) -> SlackApp:
    n = next(_numbers)
    defaults = {
        "slug": f"app-{n}",
        "name": f"App {n}",
        "app_id": f"A{n:08}",
        "client_id": f"client.{n}",
        "client_secret": f"client-secret-{n}",
        "signing_secret": f"signing-secret-{n}",
    }
    return SlackApp.objects.create(**defaults | fields)


def make_team(app: SlackApp | None = None, **fields: Any) -> Team:
    n = next(_numbers)
    defaults = {
        "slack_app": app or make_app(),
        "team_id": f"T{n:08}",
        "name": f"Team {n}",
        "bot_token": f"xoxb-{n}",
        "token_version": 1,
        "bot_user_id": f"UB{n:08}",
        "installed_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    team = Team.objects.create(**defaults | fields)
    Lane.objects.create(team=team)
    return team


def make_person(team: Team, **fields: Any) -> Recipient:
    n = next(_numbers)
    defaults = {
        "slack_id": f"U{n:08}",
        "name": f"person{n}",
        "display_name": f"Person {n}",
        "first_name": f"First{n}",
        "seen_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Recipient.objects.create(team=team, **defaults | fields)


def make_channel(team: Team, **fields: Any) -> Recipient:
    n = next(_numbers)
    defaults = {
        "slack_id": f"C{n:08}",
        "kind": Recipient.Kind.CHANNEL,
        "name": f"channel-{n}",
        "is_member": True,
        "seen_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Recipient.objects.create(team=team, **defaults | fields)
