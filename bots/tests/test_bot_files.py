"""Bot files: found, read again when they change, and none stops another."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings as hub_settings
from pytest_django import Settings

from bots.models import Bot, InboxEvent
from bots.scripts.loading import files, load
from bots.scripts.serving import UNKNOWN
from bots.tests.hub import Hub
from bots.tests.writing import answer, answers, directly, in_channel, make_bot, settled
from sandbox.testing import wait_until
from teams.models import Team

ANSWERS = """
from bots.scripts import Script
bot = Script()

@bot.command("tea")
def tea(say):
    say("{}")
"""

REACTS = """
from bots.scripts import Script
bot = Script()

@bot.event("reaction_added")
def seen(say):
    say("Seen.")
"""


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.BOTS_DIR = tmp_path
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    """As if some time had passed since the last time."""
    path = folder / f"{name}.py"
    before = path.stat().st_mtime if path.exists() else 1_000_000_000
    path.write_text(text)
    os.utime(path, (before + 1, before + 1))


@pytest.mark.usefixtures("folder")
def test_the_files_that_there_are(folder: Path) -> None:
    write(folder, "tea", "")
    write(folder, "_hidden", "")

    assert files() == ["tea"]


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("import nothing_of_the_kind", "line 1: ModuleNotFoundError"),
        ("x = 1\ndef f(:", "line 2: SyntaxError"),
        ("\n\n1 / 0", "line 3: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "line 1: SystemExit: 3"),
        ("x = 1", "It makes no Script"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(folder: Path, text: str, trouble: str) -> None:
    write(folder, "bad", text)

    assert trouble in load("bad").trouble


def test_a_file_that_is_not_there(folder: Path) -> None:
    assert "There is no file tea.py" in load("tea").trouble


def test_an_installed_module(folder: Path) -> None:
    assert load("bots.scripts.core").script is not None
    assert load("bots.no_such").trouble


def test_a_file_that_is_put_right_is_read_again(folder: Path) -> None:
    write(folder, "tea", "1 / 0")
    was = load("tea").trouble

    write(folder, "tea", ANSWERS.format("A cup."))

    assert was
    assert load("tea").script is not None


def test_b113_one_bad_file_stops_nobody(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(folder, "bad", "1 / 0")
    write(folder, "tea", ANSWERS.format("A cup."))
    make_bot(hub, "bad")
    make_bot(hub, "nowhere\ntea")

    directly(hub, team, "tea")

    assert answer(hub, team) == "A cup."


def test_b113_a_file_that_is_named_twice_hears_once(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(folder, "tea", REACTS)
    make_bot(hub, "tea\ntea")

    hub.send(team, {"type": "reaction_added", "user": "U1", "channel": hub.channel(team)})
    wait_until(InboxEvent.objects.filter(type="reaction_added", state="handled").exists)

    assert answers(hub, team) == ["Seen."]


def test_b114_bots_come_change_and_go_without_a_restart(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(folder, "tea", ANSWERS.format("One cup."))
    bot = make_bot(hub, "tea", answers_unknown=False)

    directly(hub, team, "tea")
    answers(hub, team, 1)
    write(folder, "tea", ANSWERS.format("Two cups."))
    directly(hub, team, "tea")
    answers(hub, team, 2)
    Bot.objects.filter(pk=bot.pk).update(enabled=False)
    directly(hub, team, "tea")

    assert answers(hub, team, 3)[:2] == ["One cup.", "Two cups."]
    assert answers(hub, team, 3)[2].startswith("Sorry")


def test_b114_a_bot_that_is_removed_is_forgotten(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    write(folder, "tea", ANSWERS.format("A cup."))
    bot = make_bot(hub, "tea")

    directly(hub, team, "tea")
    answers(hub, team, 1)
    for _ in range(2):
        Bot.objects.filter(pk=bot.pk).delete()
    (folder / "tea.py").unlink()
    directly(hub, team, "tea")

    assert answers(hub, team, 2) == ["A cup.", UNKNOWN]


def test_a_bot_of_some_teams_leaves_the_others_alone(hub: Hub, folder: Path) -> None:
    team, other = hub.workspace(), hub.workspace()
    write(folder, "tea", ANSWERS.format("A cup."))
    make_bot(hub, "tea").teams.add(team)

    in_channel(hub, other, "rubybot tea")
    settled()
    in_channel(hub, team, "rubybot tea")

    assert answer(hub, team) == "A cup."
    assert hub.replies(other) == []


def test_the_page_that_tells_how_to_write_a_bot(hub: Hub, folder: Path) -> None:
    team = hub.workspace()
    page = (Path(hub_settings.BASE_DIR) / "docs/how-to/write-a-bot.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code
    write(folder, "tea", code[1])
    Team.objects.filter(pk=team.pk).update(installer_id="U9")
    make_bot(hub, "tea", name="teapot")

    in_channel(hub, team, "teapot brew green")
    answers(hub, team, 1)
    directly(hub, team, "how hot is green tea?")
    answers(hub, team, 2)
    directly(hub, team, "close")

    person = hub.people(team)[0]
    assert answers(hub, team, 3) == [
        f"A cup of green tea for <@{person}>.",
        "Green tea likes 80 degrees.",
        "Only who installed me may.",
    ]
