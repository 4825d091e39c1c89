from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sandbox.testing import RunningSandbox
from teams.models import OAuthState, Team
from teams.tests.visiting import Visitor, make_visitor, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(slack: RunningSandbox) -> Visitor:
    return make_visitor(slack)


@pytest.fixture
def workspace(slack: RunningSandbox) -> str:
    return make_workspace(slack, "acme")


def failed(visitor: Visitor, reason: str) -> str:
    return f"/install-failed/{visitor.app.slug}/?reason={reason}"


def test_b005_a_missing_state_is_refused(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace).partition("&state=")[0]

    location = visitor.finish(callback)

    assert location == failed(visitor, "invalid_browser")
    assert not Team.objects.exists()


def test_b005_a_foreign_browsers_state_is_refused(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace)
    visitor.browser = Client()

    location = visitor.finish(callback)

    assert location == failed(visitor, "invalid_browser")
    assert not Team.objects.exists()


def test_b005_an_expired_state_is_refused(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace)
    OAuthState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    location = visitor.finish(callback)

    assert location == failed(visitor, "invalid_state")
    assert not Team.objects.exists()


def test_b005_a_state_is_good_once(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace)
    name = f"slackhub-state-{visitor.app.slug}"
    cookie = visitor.browser.cookies[name].value
    visitor.finish(callback)
    Team.objects.all().delete()
    visitor.browser = Client()
    visitor.browser.cookies[name] = cookie

    location = visitor.finish(callback)

    assert location == failed(visitor, "invalid_state")
    assert not Team.objects.exists()


def test_b005_a_state_of_another_app_is_refused(
    slack: RunningSandbox, visitor: Visitor, workspace: str
) -> None:
    other = make_visitor(slack)
    state = visitor.start().rpartition("state=")[2]
    cookie = visitor.browser.cookies[f"slackhub-state-{visitor.app.slug}"].value
    other.browser.cookies[f"slackhub-state-{other.app.slug}"] = cookie

    location = other.finish(f"/slack/{other.app.slug}/oauth_redirect?code=1.2&state={state}")

    assert location == failed(other, "invalid_state")
    assert not Team.objects.exists()


def test_a_state_that_no_database_could_hold_is_refused(visitor: Visitor) -> None:
    visitor.browser.cookies[f"slackhub-state-{visitor.app.slug}"] = "a"

    answer = visitor.browser.get(f"/slack/{visitor.app.slug}/oauth_redirect?code=1&state=a%00")

    assert answer.status_code == 400
    assert not Team.objects.exists()


def test_b007_without_credentials_slack_is_not_asked(
    slack: RunningSandbox, visitor: Visitor
) -> None:
    visitor.app.client_secret = ""
    visitor.app.save()

    location = visitor.start()

    assert location == failed(visitor, "not_configured")
    assert slack.control("GET", "summary")["requests"] == {}


def test_b008_slacks_own_code_reaches_the_page(
    slack: RunningSandbox, visitor: Visitor, workspace: str
) -> None:
    fault = {"kind": "error", "error": "user_email_unverified", "methods": ["oauth.v2.access"]}
    slack.control("PUT", "faults", fault)

    location = visitor.install(workspace)

    assert location == failed(visitor, "user_email_unverified")
    assert "user_email_unverified" in visitor.browser.get(location).content.decode()


def test_b010_an_unknown_code_gets_a_friendly_sentence(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace)
    state = callback.rpartition("state=")[2]

    location = visitor.finish(
        f"/slack/{visitor.app.slug}/oauth_redirect?code=1.made-up&state={state}"
    )

    assert location == failed(visitor, "invalid_code")
    assert "Please start again" in visitor.browser.get(location).content.decode()


def test_b010_a_used_code_gets_a_friendly_sentence(visitor: Visitor, workspace: str) -> None:
    used = visitor.decide(visitor.start(), workspace)
    visitor.finish(used)
    fresh = visitor.start().rpartition("state=")[2]

    location = visitor.finish(f"{used.partition('&state=')[0]}&state={fresh}")

    assert location == failed(visitor, "code_already_used")
    assert "used already" in visitor.browser.get(location).content.decode()


def test_b012_who_cancels_is_told_so(visitor: Visitor, workspace: str) -> None:
    callback = visitor.decide(visitor.start(), workspace, decision="cancel")

    location = visitor.finish(callback)

    assert location == failed(visitor, "access_denied")
    assert "You cancelled" in visitor.browser.get(location).content.decode()
    assert not Team.objects.exists()


def test_a_redirect_without_a_code_is_refused(visitor: Visitor, workspace: str) -> None:
    state = visitor.start().rpartition("state=")[2]

    location = visitor.finish(f"/slack/{visitor.app.slug}/oauth_redirect?state={state}")

    assert location == failed(visitor, "missing_code")


def test_what_is_no_code_never_stands_in_the_address(visitor: Visitor) -> None:
    location = visitor.finish(f"/slack/{visitor.app.slug}/oauth_redirect?error=%3Cscript%3E")

    assert location == failed(visitor, "failed")


@pytest.mark.parametrize("kind", ["http_500", "not_json", "storm_429"])
def test_b014_a_failing_slack_leaves_the_team_as_it_was(
    slack: RunningSandbox, visitor: Visitor, workspace: str, kind: str
) -> None:
    visitor.install(workspace)
    before = Team.objects.values().get()
    callback = visitor.decide(visitor.start(), workspace)
    slack.control("PUT", "faults", {"kind": kind, "methods": ["oauth.v2.access"]})

    location = visitor.finish(callback)

    assert location == failed(visitor, "slack_unavailable")
    assert Team.objects.values().get() == before
