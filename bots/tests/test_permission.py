"""Who is let pass: people of this workspace, never their namesakes from elsewhere."""

from typing import Any

import pytest

from bots.models import InboxEvent
from bots.scripts import ADMINS, INSTALLER, Said
from bots.scripts.hearing import Hears
from bots.scripts.permission import Permission, is_permitted
from bots.status import is_allowed
from bots.tests.hub import Hub
from sandbox.testing import wait_until
from teams.directory import is_admin
from teams.models import Team
from teams.tests.factories import make_person, make_team


def said(team: Team, user: str) -> Said:
    where: dict[str, Any] = {"channel": "C1", "thread_ts": None, "ts": "1.0", "text": "open"}
    return Said(team=team, user=user, words="open", is_direct=False, kind=Hears.PEOPLE, **where)


@pytest.mark.parametrize(
    ("document", "passes"),
    [
        ({}, False),
        ({"is_admin": True}, True),
        ({"is_owner": True}, True),
        ({"is_admin": True, "team_id": "TOTHER"}, False),
        ({"is_admin": True, "is_stranger": True}, False),
    ],
)
def test_admins_of_another_workspace_are_none_here(
    http_hub: Hub, document: dict[str, Any], passes: bool
) -> None:
    team = http_hub.workspace()
    user = http_hub.people(team)[0]
    path = f"workspaces/{team.team_id}/users/{user}"
    http_hub.slack.control("PATCH", path, {"is_admin": False, "is_owner": False} | document)
    wait_until(lambda: InboxEvent.objects.filter(type="user_change", state="handled").exists())

    assert is_permitted((ADMINS,), said(team, user)) == passes
    assert is_allowed(team, user) == passes


@pytest.mark.parametrize(("enterprise_id", "passes"), [("E1", True), ("E2", False), (None, False)])
def test_admins_of_another_organisation_are_none_here(
    enterprise_id: str | None, passes: bool
) -> None:
    team = Team(enterprise_id="E1", is_org_install=True)
    document = {"id": "U1", "team_id": "T7", "is_admin": True}
    if enterprise_id:
        document["enterprise_user"] = {"enterprise_id": enterprise_id}

    assert is_admin(team, document) == passes


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["is_stranger", "is_deactivated", "is_bot"])
def test_an_address_counts_for_living_people_of_this_workspace(field: str) -> None:
    team, other = make_team(), make_team()
    make_person(team, slack_id="U1", email="ann@example.com")
    make_person(team, slack_id="U2", email="ann@example.com", **{field: True})
    make_person(other, slack_id="U3", email="ann@example.com")

    passes = [is_permitted(("ann@example.com",), said(team, f"U{n}")) for n in (1, 2, 3)]

    assert passes == [True, False, False]


@pytest.mark.django_db
@pytest.mark.parametrize("permission", [INSTALLER, ""])
def test_who_is_nobody_is_not_the_installer(permission: Permission) -> None:
    team = make_team(installer_id="")

    assert not is_permitted((permission,), said(team, ""))
