"""What bot files do in the life of an installation."""

import html
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings

from bots.models import InboxEvent
from bots.scripts import Script
from bots.scripts.loading import load
from bots.tests.hub import Hub
from bots.tests.writing import answers, make_bot, settled
from sandbox.testing import wait_until
from teams.models import Team
from teams.tests.visiting import Visitor, make_workspace

type Heard = list[tuple[str, str]]


@pytest.fixture
def heard(bot_files: None) -> Iterator[Heard]:
    load("life")
    heard: Heard = sys.modules["slackhub_bot_file_life"].heard
    heard.clear()
    yield heard
    heard.clear()


def visitor(hub: Hub) -> Visitor:
    back = f"{settings.PUBLIC_URL}/slack/{hub.slack_app.slug}/oauth_redirect"
    hub.slack.control("PUT", f"apps/{hub.slack_app.app_id}", {"redirect_urls": [back]})
    return Visitor(hub.slack, hub.slack_app)


def remove(hub: Hub, team: Team) -> None:
    where = {"app_id": hub.slack_app.app_id, "team_id": team.team_id}
    hub.slack.control("POST", "uninstall", where)
    wait_until(lambda: Team.objects.get(pk=team.pk).state == Team.State.DISCONNECTED)


def test_b026_install_removal_and_reinstall_are_heard_in_order(hub: Hub, heard: Heard) -> None:
    make_bot(hub, "life")
    browser, workspace = visitor(hub), make_workspace(hub.slack, "acme")

    browser.install(workspace)
    wait_until(lambda: ("installed", "Acme") in heard)
    remove(hub, Team.objects.get())
    wait_until(lambda: ("disconnected", "Acme") in heard)
    Visitor(hub.slack, hub.slack_app).install(workspace)
    wait_until(lambda: ("reinstalled", "Acme") in heard)

    moments = ["installing", "installed", "disconnected", "installing", "reinstalled"]
    assert heard == [(moment, "Acme") for moment in moments]


def test_b029_a_hook_that_fails_is_reported_and_breaks_no_other(
    hub: Hub, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    make_bot(hub, "life")

    visitor(hub).install(make_workspace(hub.slack, "acme"))
    wait_until(lambda: InboxEvent.objects.filter(state="failed").exists())

    failed = InboxEvent.objects.get(state="failed")
    assert (failed.type, failed.error) == ("hook installed", "RuntimeError: no tea")
    assert heard == [("installing", "Acme"), ("installed", "Acme")]
    # One before the install, and one after it.
    assert caplog.text.count('raise RuntimeError("no tea")') == 2


def test_b030_a_hook_may_veto_an_install(hub: Hub, heard: Heard) -> None:
    make_bot(hub, "life")
    browser = visitor(hub)

    address = browser.install(make_workspace(hub.slack, "forbidden"))

    page = browser.browser.get(address).content.decode()
    assert "Only &lt;tea&gt; shops may." in page
    assert not Team.objects.exists()


def test_an_installation_that_stands_is_not_vetoed(hub: Hub, heard: Heard) -> None:
    team = hub.workspace(name="Forbidden")
    make_bot(hub, "life")

    visitor(hub).install(team.team_id)

    wait_until(lambda: ("reinstalled", "Forbidden") in heard)
    assert ("installing", "Forbidden") not in heard


def test_words_that_are_not_ours_do_not_stand_on_the_page(hub: Hub) -> None:
    browser = visitor(hub).browser
    address = browser.get(f"/slack/{hub.slack_app.slug}/oauth_redirect?error=access_denied")[
        "Location"
    ]

    page = browser.get(f"{address}&said=Send+money").content.decode()

    assert "Send money" not in html.unescape(page)


def test_b031_a_team_that_is_gone_is_heard_no_more(hub: Hub, heard: Heard) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub, "life")
    Team.objects.filter(pk=team.pk).disconnect("Removed.", team.created_at)
    wait_until(lambda: heard == [("disconnected", team.name)])

    hub.say(team, "hear")
    hub.say(other, "hear")

    assert answers(hub, other) == ["I hear."]
    settled(2)
    assert hub.replies(team) == []
    # No listener ran: with its token gone nothing could be said anyway.
    unheard = InboxEvent.objects.get(type="message", team_id=team.team_id)
    assert f"not connected to {team.team_id}" in unheard.error


def test_b032_what_is_installed_twice_answers_once(hub: Hub, heard: Heard) -> None:
    make_bot(hub, "life")
    browser, workspace = visitor(hub), make_workspace(hub.slack, "acme")
    for _ in range(2):
        browser.install(workspace)

    team = Team.objects.get()
    hub.say(team, "hear")
    settled()

    assert [post["text"] for post in hub.replies(team)] == ["I hear."]


def test_b034_a_team_whose_token_is_found_revoked_is_disconnected_alone(
    hub: Hub, heard: Heard
) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub, "life")
    # As if it had been revoked while nothing of the hub was there to be told.
    fault = {"kind": "error", "error": "token_revoked", "team_id": team.team_id}
    hub.slack.control("PUT", "faults", fault)

    hub.say(team, "hear")
    wait_until(lambda: heard == [("disconnected", team.name)])
    hub.say(other, "hear")

    assert answers(hub, other) == ["I hear."]
    team.refresh_from_db()
    assert (team.state, team.bot_token) == (Team.State.DISCONNECTED, "")


def test_b040_installed_again_it_works_without_a_restart(hub: Hub, heard: Heard) -> None:
    make_bot(hub, "life")
    browser, workspace = visitor(hub), make_workspace(hub.slack, "acme")
    browser.install(workspace)
    remove(hub, Team.objects.get())

    Visitor(hub.slack, hub.slack_app).install(workspace)
    team = Team.objects.get()
    hub.say(team, "hear")

    wait_until(lambda: "I hear." in [post["text"] for post in hub.replies(team)])


def test_errors_of_listeners_are_heard(hub: Hub, heard: Heard) -> None:
    team = hub.workspace()
    make_bot(hub, "life")

    hub.say(team, "break")

    wait_until(lambda: heard == [("RuntimeError: a broken cup", team.name)])


def test_there_is_no_such_hook() -> None:
    with pytest.raises(ValueError, match="'boot'"):
        Script().hook("boot")
