"""Whatever one bot file does, the others and the hub itself go on."""

import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from bots import interactions
from bots.models import InboxEvent
from bots.scripts import hooking, loading
from bots.scripts.loading import load
from bots.tests.hub import Hub
from bots.tests.test_bot_files import ANSWERS, write
from bots.tests.test_hooks import visitor
from bots.tests.writing import answer, directly, make_bot
from sandbox.testing import wait_until
from teams.models import Team
from teams.tests.visiting import make_workspace

BEGINNING = "import re, sys\nfrom bots.scripts import Script\nbot = Script()\n"


@pytest.fixture
def hub(http_hub: Hub) -> Hub:
    """Over HTTP alone: what is tried here does not hear by which way it comes."""
    return http_hub


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.BOTS_DIR = tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        (f"{BEGINNING}@bot.bolt.command()\ndef f(): pass", "line 4: TypeError"),
        (f"{BEGINNING}@bot.bolt.action({{'typ': 'x'}})\ndef f(): pass", "line 4: BoltError"),
        (f"{BEGINNING}@bot.bolt.view('x', foo=1)\ndef f(): pass", "line 4: TypeError"),
        (f"{BEGINNING}bot.bolt.action('x')(3)", "line 4: TypeError"),
        ("from bots.scripts import Script\nbot = Script(aliases='tea')", "line 2: TypeError"),
        ("from bots.scripts import Script\nbot = Script(aliases=[1])", "line 2: TypeError"),
        ("from bots.scripts import Script\nbot = Script(hears=True)", "line 2: TypeError"),
        (f"{BEGINNING}@bot.command('tea', only='U1')\ndef f(): pass", "line 4: TypeError"),
        (f"{BEGINNING}@bot.command('tea', hears=1)\ndef f(): pass", "line 4: TypeError"),
        (f"{BEGINNING}@bot.match(re.compile(b'x'))\ndef f(): pass", "line 4: TypeError"),
        (f"{BEGINNING}bot.every(days=999999999)", "line 4: ValueError"),
        (f"{BEGINNING}@bot.event('pin_added')\nasync def f(): pass", "line 4: TypeError"),
        ("import asyncio\nraise asyncio.CancelledError('why')", "line 2: CancelledError: why"),
        ("raise ValueError('x' * 10_000)", "ValueError: xxx"),
    ],
)
def test_what_would_fail_later_fails_when_it_is_loaded(
    folder: Path, text: str, trouble: str
) -> None:
    write(folder, "bad", text)

    assert trouble in load("bad").trouble
    assert len(load("bad").trouble) < 1_000


def test_a_file_that_never_ends_stops_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LONGEST_SECONDS", 0.1)
    write(folder, "endless", "import threading\nthreading.Event().wait()")
    write(folder, "tea", ANSWERS.format("A cup."))

    assert "endless: TimeoutError" in load("endless").trouble
    assert load("tea").script is not None


def test_a_bad_decorator_stops_no_command_of_others(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(folder, "bad", f"{BEGINNING}@bot.bolt.command()\ndef f(): pass")
    write(folder, "tea", ANSWERS.format("A cup."))
    make_bot(hub, "bad")
    make_bot(hub, "tea")

    directly(hub, team, "tea")

    assert answer(hub, team) == "A cup."


def test_a_rule_that_raises_stops_no_other(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    broken = "from bots.scripts.listener import Listener, Rank\n"
    broken += "def rule(said): raise RuntimeError('no rule')\n"
    broken += "bot.listeners.append(Listener(function=rule, rule=rule, rank=Rank.NAMED))"
    write(folder, "bad", BEGINNING + broken)
    write(folder, "tea", ANSWERS.format("A cup."))
    make_bot(hub, "bad")
    make_bot(hub, "tea")

    directly(hub, team, "tea")

    assert answer(hub, team) == "A cup."
    wait_until(lambda: InboxEvent.objects.filter(state="failed", error__contains="rule").exists())


@pytest.mark.parametrize("how", ["sys.exit(3)", "raise ValueError('a\\0b')"])
def test_a_listener_that_exits_or_raises_nonsense_is_done_once(
    hub: Hub, folder: Path, how: str
) -> None:
    team = hub.workspace()
    write(folder, "bad", f"{BEGINNING}@bot.command('tea')\ndef tea(): {how}")
    make_bot(hub, "bad")

    directly(hub, team, "tea")

    assert answer(hub, team).startswith("Sorry, that did not work.")
    wait_until(lambda: InboxEvent.objects.filter(state="failed").exists())


def test_a_command_beside_the_request_that_exits(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(folder, "bad", f"{BEGINNING}@bot.bolt.command('/tea')\ndef tea(ack): sys.exit(3)")
    make_bot(hub, "bad")
    body: dict[str, Any] = {"command": "/tea", "text": "", "team_id": team.team_id}
    body |= {"user_id": hub.people(team)[0], "trigger_id": "1.2", "channel_id": "D1"}

    interactions.answer(hub.slack_app, body)

    wait_until(lambda: InboxEvent.objects.filter(state="failed").exists())
    assert InboxEvent.objects.get().attempts == 1


def test_a_reason_is_cut(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(
        folder, "bad", f"{BEGINNING}@bot.command('tea')\ndef tea(): raise ValueError('x' * 10**6)"
    )
    make_bot(hub, "bad")

    directly(hub, team, "tea")

    wait_until(lambda: InboxEvent.objects.filter(state="failed").exists())
    assert len(InboxEvent.objects.get().error) <= 1_000


def test_an_install_waits_only_so_long_for_a_hook(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooking, "LONGEST_SECONDS", 0.1)
    endless = "import threading\n@bot.hook('installing')\ndef f(): threading.Event().wait()"
    write(folder, "endless", BEGINNING + endless)
    make_bot(hub, "endless")

    visitor(hub).install(make_workspace(hub.slack, "acme"))

    assert Team.objects.get().name == "Acme"


def test_a_broken_module_is_not_tried_again_for_every_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "brew_shop").mkdir()
    (folder / "brew_shop" / "__init__.py").touch()
    text = "import sys\nsys.brewed = getattr(sys, 'brewed', 0) + 1\n1 / 0"
    (folder / "brew_shop" / "bot.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr("sys.brewed", 0, raising=False)

    for _ in range(3):
        assert "ZeroDivisionError" in load("brew_shop.bot").trouble
    monkeypatch.setattr(loading, "AGAIN_SECONDS", 0.0)
    load("brew_shop.bot")

    assert sys.brewed == 2  # type: ignore[attr-defined]
