"""Who may use a listener: the installer, the workspace's admins, people by id or e-mail."""

from collections.abc import Callable
from enum import Enum

from bots.scripts.hearing import Said
from teams import slack
from teams.answers import Ok


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
    if permission is INSTALLER:
        return said.user == said.team.installer_id
    if permission is ADMINS:
        return _is_admin(said)
    if isinstance(permission, str):
        return said.user == permission or _has_email(said, permission)
    return callable(permission) and bool(permission(said))


def _is_admin(said: Said) -> bool:
    """Slack is asked each time: nobody stays an admin here longer than there."""
    answer = slack.for_team(said.team).call("users.info", user=said.user)
    person = answer.data.get("user") if isinstance(answer, Ok) else None
    return isinstance(person, dict) and bool(person.get("is_admin") or person.get("is_owner"))


def _has_email(said: Said, email: str) -> bool:
    people = said.team.recipients.filter(slack_id=said.user, email__iexact=email)
    return "@" in email and people.exists()
