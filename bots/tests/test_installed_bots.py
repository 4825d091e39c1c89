"""A bot that is installed as a Python package, with its name with a dot in the admin."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from bots.models import InboxEvent
from bots.tasks import run_timers
from bots.tests.hub import Hub
from bots.tests.writing import answer, make_bot
from sandbox.testing import wait_until

type Heard = Callable[[], list[str]]

KINDS = """
KIND = "oolong"
heard = []
"""
BOT = """
from bots.scripts import Script
from teahouse.kinds import KIND, heard

bot = Script()


@bot.command("brew")
def brew(say):
    say(f"A cup of {KIND}.")


@bot.bolt.command("/brew")
def brew_at_once(ack):
    ack(f"{KIND}, coming.")


@bot.event("reaction_added")
def reacted(event):
    heard.append(event["type"])


@bot.hook("disconnected")
def left(team):
    heard.append(team.name)


@bot.every(hours=1, at_start=True)
def tick(bot):
    heard.append(bot.name)
"""


@pytest.fixture
def heard(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """What the package's listeners have heard so far, looked up anew at each call."""
    settings.BOTS_DIR = tmp_path / "files"
    package = tmp_path / "packages" / "teahouse"
    package.mkdir(parents=True)
    for name, text in (("__init__", ""), ("kinds", KINDS), ("bot", BOT)):
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(package.parent)
    yield lambda: sys.modules["teahouse.kinds"].heard
    for name in [name for name in sys.modules if name.partition(".")[0] == "teahouse"]:
        del sys.modules[name]


def test_b033_an_installed_bot_is_used_everywhere(hub: Hub, heard: Heard) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub, "teahouse.bot", name="Teahouse").teams.add(team)
    order = {"user": hub.people(team)[0], "command": "/brew", "team_id": team.team_id}

    told = hub.slack.control("POST", "command", order)
    hub.say(team, "brew")
    for each in (team, other):
        hub.send(each, {"type": "reaction_added", "user": "U1"})
    said = answer(hub, team)
    reactions = InboxEvent.objects.filter(type="reaction_added", state="handled")
    wait_until(lambda: reactions.count() == 2)
    run_timers()
    where = {"app_id": hub.slack_app.app_id, "team_id": team.team_id}
    hub.slack.control("POST", "uninstall", where)

    wait_until(lambda: len(heard()) == 3)
    assert (told["status"], "oolong, coming." in told["body"]) == (200, True)
    assert said == "A cup of oolong."
    assert sorted(heard()) == sorted(["reaction_added", "Teahouse", team.name])
