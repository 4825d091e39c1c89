import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from teams.models import SlackApp
from teams.tests.factories import make_app, make_team

pytestmark = pytest.mark.django_db


def manifest(slug: str) -> dict[str, Any]:
    out = StringIO()
    call_command("slack_manifest", slug, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


@pytest.fixture(autouse=True)
def public_url(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://hub.example.com"


def test_the_manifest_has_all_that_slack_asks_for() -> None:
    app = make_app(slug="acme", name="Acme Bot")

    document = manifest("acme")

    address = "https://hub.example.com/slack/acme"
    settings = document["settings"]
    assert document["display_information"] == {"name": "Acme Bot"}
    assert document["features"]["app_home"]["messages_tab_enabled"] is True
    assert document["oauth_config"]["redirect_urls"] == [f"{address}/oauth_redirect"]
    assert document["oauth_config"]["scopes"] == {"bot": app.scope_list}
    assert settings["event_subscriptions"]["request_url"] == f"{address}/events"
    assert settings["interactivity"] == {
        "is_enabled": True,
        "request_url": f"{address}/events",
        "message_menu_options_url": f"{address}/events",
    }
    assert settings["socket_mode_enabled"] is False


def test_only_events_that_the_scopes_allow_are_subscribed_to() -> None:
    make_app(slug="acme", scopes="chat:write,users:read")

    events = manifest("acme")["settings"]["event_subscriptions"]["bot_events"]

    ours = ["app_home_opened", "app_uninstalled"]
    assert events == [*ours, "team_join", "tokens_revoked", "user_change"]


def test_the_hubs_command_comes_with_its_scope(settings: Settings) -> None:
    settings.HUB_COMMAND = "/news"
    make_app(slug="acme")
    make_app(slug="mute", scopes="chat:write")

    (command,) = manifest("acme")["features"]["slash_commands"]

    assert command["command"] == "/news"
    assert command["url"] == "https://hub.example.com/slack/acme/events"
    assert "slash_commands" not in manifest("mute")["features"]


def test_an_app_may_have_a_command_of_its_own() -> None:
    make_app(slug="acme", command="/acme")
    make_app(slug="other")

    commands = [manifest(slug)["features"]["slash_commands"] for slug in ("acme", "other")]

    assert [command["command"] for (command,) in commands] == ["/acme", "/hub"]


def test_in_socket_mode_no_address_is_called() -> None:
    make_app(slug="acme", transport=SlackApp.Transport.SOCKET)

    settings = manifest("acme")["settings"]

    assert settings["socket_mode_enabled"] is True
    assert "request_url" not in settings["event_subscriptions"]
    assert "request_url" not in settings["interactivity"]
    assert "url" not in manifest("acme")["features"]["slash_commands"][0]


def test_no_secret_stands_in_a_manifest() -> None:
    app = make_app(slug="acme")

    text = json.dumps(manifest("acme"))

    assert app.client_secret not in text
    assert app.signing_secret not in text


def test_an_unknown_app_is_refused_with_the_known_ones() -> None:
    make_app(slug="acme")

    with pytest.raises(CommandError, match="'nobody'; there is: acme"):
        manifest("nobody")


def test_delivery_events_bring_their_scope_and_their_subscription() -> None:
    app = make_app(slug="acme", delivery_events=True)
    make_app(slug="other")

    subscriptions = manifest("acme")["settings"]["event_subscriptions"]

    wanted = [{"app_id": app.app_id, "event_type": "slackhub_delivery"}]
    assert subscriptions["metadata_subscriptions"] == wanted
    assert "message_metadata_posted" in subscriptions["bot_events"]
    assert "metadata.message:read" in manifest("acme")["oauth_config"]["scopes"]["bot"]
    assert "metadata_subscriptions" not in manifest("other")["settings"]["event_subscriptions"]


def test_history_reads_bring_their_scopes() -> None:
    make_app(slug="acme", scopes="chat:write", history_reads=1)

    scopes = manifest("acme")["oauth_config"]["scopes"]["bot"]

    assert scopes == ["chat:write", "im:history", "im:write"]


def test_an_app_of_an_organisation_stays_one_when_it_is_pasted_anew() -> None:
    app = make_app(slug="acme")
    make_team(app, team_id="", enterprise_id="E1", is_org_install=True)
    make_team(make_app(slug="other"), enterprise_id="E1")

    settings, other = manifest("acme")["settings"], manifest("other")["settings"]

    assert (settings["org_deploy_enabled"], other["org_deploy_enabled"]) == (True, False)
    events = [each["event_subscriptions"]["bot_events"] for each in (settings, other)]
    assert ["team_access_granted" in each for each in events] == [True, False]
