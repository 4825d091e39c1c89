"""An app whose Messages tab is off or read-only."""

from functools import partial

import pytest

from sandbox.testing import ControlError
from sandbox.tests.conftest import APP, Team, error_of


def test_posts_to_a_dm_are_refused(team: Team) -> None:
    dm = team.client.chat_postMessage(channel=team.reachable[0], text="before")["channel"]
    general = team.channel("general")
    team.sandbox.control("PUT", f"apps/{APP}", {"messages_tab": False})

    post = partial(team.client.chat_postMessage, text="after")
    codes = [error_of(partial(post, channel=to))["error"] for to in (team.reachable[0], str(dm))]

    assert codes == ["messages_tab_disabled"] * 2
    assert team.client.chat_postMessage(channel=general, text="here")["ok"]


def test_nobody_writes_to_a_read_only_tab(team: Team) -> None:
    team.sandbox.control("PUT", f"apps/{APP}", {"messages_tab_read_only": True})
    dm = team.client.chat_postMessage(channel=team.reachable[0], text="hello")["channel"]

    with pytest.raises(ControlError, match="turned off"):
        team.write()

    shown = team.page(f"c/{dm}")
    assert "Sending messages to this app has been turned off" in shown
    assert 'name="text"' not in shown


def test_other_apps_are_not_concerned(team: Team) -> None:
    team.sandbox.control("PUT", "apps/A0SECOND", {"messages_tab": False})

    team.write()

    assert team.client.chat_postMessage(channel=team.reachable[0], text="hello")["ok"]
