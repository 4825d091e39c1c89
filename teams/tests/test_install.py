from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from sandbox.testing import RunningSandbox
from teams.models import Lane, Team
from teams.tests.visiting import Visitor, make_visitor, make_workspace, register

pytestmark = pytest.mark.django_db


def test_b001_an_install_makes_one_team_with_all_that_slack_granted(slack: RunningSandbox) -> None:
    visitor = make_visitor(slack)
    workspace = make_workspace(slack, "acme")

    location = visitor.install(workspace)

    team = Team.objects.get()
    assert location == f"/installed/{visitor.app.slug}/?team={workspace}"
    assert (team.slack_app, team.team_id, team.name) == (visitor.app, workspace, "Acme")
    assert (team.domain, team.state) == ("acme", Team.State.CONNECTED)
    assert team.bot_token.startswith("xoxb-")
    assert team.bot_user_id.startswith("U")
    assert team.bot_id.startswith("B")
    assert team.installer_id.startswith("U")
    assert sorted(team.scope_list) == sorted(visitor.app.scope_list)
    assert Lane.objects.filter(team=team).exists()


def test_the_button_leads_to_slacks_consent_page(slack: RunningSandbox) -> None:
    visitor = make_visitor(slack)

    address = urlsplit(visitor.start())

    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{slack.url}/oauth/v2/authorize"
    assert query["client_id"] == [visitor.app.client_id]
    assert query["scope"] == [visitor.app.scopes]
    assert query["redirect_uri"] == [
        f"{settings.PUBLIC_URL}/slack/{visitor.app.slug}/oauth_redirect"
    ]


def test_a_workspace_asked_for_is_handed_on(slack: RunningSandbox) -> None:
    visitor = make_visitor(slack)

    response = visitor.browser.get(f"/slack/{visitor.app.slug}/install?team=T0123")

    assert parse_qs(urlsplit(response["Location"]).query)["team"] == ["T0123"]


def test_nothing_else_can_be_smuggled_in_as_a_workspace(slack: RunningSandbox) -> None:
    visitor = make_visitor(slack)

    response = visitor.browser.get(f"/slack/{visitor.app.slug}/install?team=T1%26scope%3Dadmin")

    assert "admin" not in response["Location"]


def test_another_name_of_this_machine_is_left_before_the_cookie_is_set(
    slack: RunningSandbox,
) -> None:
    visitor = make_visitor(slack)

    response = visitor.browser.get(
        f"/slack/{visitor.app.slug}/install", headers={"host": "localhost"}
    )

    assert response["Location"] == f"{settings.PUBLIC_URL}/slack/{visitor.app.slug}/install"


def test_b021_two_apps_in_one_workspace_stand_side_by_side(slack: RunningSandbox) -> None:
    workspace = make_workspace(slack, "acme")
    first, second = make_visitor(slack), make_visitor(slack)

    first.install(workspace)
    second.install(workspace)

    teams = Team.objects.filter(team_id=workspace)
    assert {team.slack_app_id for team in teams} == {first.app.pk, second.app.pk}
    assert len({team.bot_token for team in teams}) == 2


def test_two_workspaces_are_two_teams(slack: RunningSandbox) -> None:
    visitor = make_visitor(slack)

    for domain in ("acme", "globex"):
        Visitor(slack, visitor.app).install(make_workspace(slack, domain))

    assert {team.name for team in Team.objects.all()} == {"Acme", "Globex"}


def test_corrected_credentials_are_used_at_once(slack: RunningSandbox) -> None:
    visitor = make_visitor(slack)
    right = visitor.app.client_secret
    visitor.app.client_secret = "wrong"
    visitor.app.save()
    workspace = make_workspace(slack, "acme")
    assert "bad_client_secret" in visitor.install(workspace)

    visitor.app.client_secret = right
    visitor.app.save()
    register(slack, visitor.app)
    location = visitor.install(workspace)

    assert location.startswith("/installed/")
