"""Who may use a listener: the installer, the workspace's admins, people by id or e-mail."""

from collections.abc import Callable
from enum import Enum

from bots.scripts.hearing import Said
from teams import directory, slack
from teams.answers import Ok
from teams.models import Team


class Role(Enum):
    INSTALLER = "whoever installed the app"
    ADMINS = "admins and owners of the workspace"


INSTALLER, ADMINS = Role.INSTALLER, Role.ADMINS

# A role, a user ID, an e-mail address, or a function that judges what was said.
type Permission = Role | str | Callable[[Said], bool]


def is_permitted(only: tuple[Permission, ...], said: Said) -> bool:
    """Whether one of these lets the speaker pass; nobody named, everybody may."""
    return not only or any(_lets_pass(each, said) for each in only)


def _lets_pass(permission: Permission, said: Said) -> bool:
    if callable(permission):
        return bool(permission(said))
    if not said.user:
        # A bot that Slack names no user for; a team may name no installer either.
        return False
    if permission is INSTALLER:
        return said.user == said.team.installer_id
    if permission is ADMINS:
        return is_admin(said.team, said.user)
    return said.user == permission or _has_email(said, str(permission))


def is_admin(team: Team, user_id: str) -> bool:
    """Slack is asked each time: nobody stays an admin here longer than there."""
    answer = slack.for_team(team).call("users.info", user=user_id)
    return isinstance(answer, Ok) and directory.is_admin(team, answer.data.get("user"))


def _has_email(said: Said, email: str) -> bool:
    """Other workspaces can give anybody any address, and their people be here as guests."""
    people = said.team.recipients.people().filter(
        is_stranger=False, is_deactivated=False, is_bot=False, gone_at=None
    )
    return "@" in email and people.filter(slack_id=said.user, email__iexact=email).exists()
