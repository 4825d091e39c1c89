"""Slash commands, buttons, shortcuts and forms of bot files: answered in time, and once."""

import sys
from collections.abc import Iterator
from threading import BoundedSemaphore, Event
from typing import Any

import pytest

from bots.models import InboxEvent
from bots.scripts import bolting, working
from bots.scripts.loading import load
from bots.scripts.serving import SORRY
from bots.tests.hub import Hub
from bots.tests.writing import answers, make_bot
from sandbox.testing import wait_until
from teams import slack as door
from teams.answers import Ok
from teams.models import Team

pytestmark = pytest.mark.usefixtures("bot_files")


@pytest.fixture
def gate(bot_files: None) -> Iterator[Event]:
    """Closed until the test opens it."""
    load("desk")
    gate: Event = sys.modules["slackhub_bot_file_desk"].gate
    gate.clear()
    yield gate
    gate.set()
    wait_until(lambda: not InboxEvent.objects.filter(state="kept").exists())


def command(hub: Hub, team: Team, words: str, **where: str) -> dict[str, Any]:
    name, _, text = words.partition(" ")
    body = {"team_id": team.team_id, "user": hub.people(team)[0], "command": name, "text": text}
    told: dict[str, Any] = hub.slack.control("POST", "command", body | where)
    return told


def interact(hub: Hub, team: Team, payload: dict[str, Any]) -> dict[str, Any]:
    """Slack sends this for somebody; what it gets."""
    where = {"team_id": team.team_id, "user": hub.people(team)[0], "app_id": hub.slack_app.app_id}
    told: dict[str, Any] = hub.slack.control("POST", "interaction", where | {"payload": payload})
    return told


def sees(hub: Hub, team: Team, text: str) -> bool:
    """Whether the person finds this in the direct message with the bot."""
    person = hub.people(team)[0]
    channel = hub.say(team, "-")["channel"]
    return wait_until(lambda: text in hub.seen(team, channel, person))


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("/tea green", "Tea: green"),
        ("/tea with no such words", "Tea: with no such words"),
        ("/coffee", "What is /coffee?"),
    ],
)
def test_b086_a_command_by_name_comes_before_any(hub: Hub, words: str, reply: str) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub, "desk").teams.add(team)

    told = command(hub, team, words)

    assert told["status"] == 200
    assert sees(hub, team, reply)
    command(hub, other, words)
    wait_until(lambda: InboxEvent.objects.filter(type="slash_command").count() == 2)
    assert hub.replies(other) == []


def test_a_bot_file_offers_the_options_of_a_menu(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")
    menu = [{"type": "actions", "elements": [{"type": "external_select", "action_id": "sort"}]}]
    person = hub.people(team)[0]
    sent = door.call(
        "chat.postMessage", token=team.bot_token, channel=person, text="Sort?", blocks=menu
    )
    assert isinstance(sent, Ok)
    place = {"team_id": team.team_id, "channel": sent.data["channel"], "ts": sent.data["ts"]}

    told = hub.slack.control("POST", "suggest", place | {"action_id": "sort", "value": "mint"})

    assert (told["status"], told["options"]) == (200, ["Mint"])


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "shortcut", "callback_id": "nobody"},
        {"type": "message_action", "callback_id": "nobody", "message": {"text": "tea"}},
        {"type": "block_actions", "actions": [{"type": "button", "action_id": "nobody"}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "nobody"}},
    ],
    ids=lambda payload: payload["type"],
)
def test_b085_what_nobody_handles_is_acknowledged(hub: Hub, payload: dict[str, Any]) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")

    told = interact(hub, team, payload)

    assert (told["status"], told["body"]) == (200, "")
    assert hub.replies(team) == []


def test_b085_a_command_that_nobody_knows_is_acknowledged(hub: Hub) -> None:
    team = hub.workspace()

    told = command(hub, team, "/nobody")

    assert (told["status"], told["body"]) == (200, "")


def test_slow_work_is_announced_and_the_announcement_edited(
    hub: Hub, gate: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "AFTER_SECONDS", 0.05)
    team = hub.workspace()
    make_bot(hub, "desk")

    told = command(hub, team, "/slow")
    assert told["status"] == 200
    assert answers(hub, team) == [working.WORKING]
    gate.set()

    assert sees(hub, team, "At last.")
    assert working.WORKING not in hub.seen(
        team, hub.replies(team)[0]["channel"], hub.people(team)[0]
    )


def test_a_listener_that_never_acknowledges_is_acknowledged_for(
    hub: Hub, gate: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolting, "ANSWER_SECONDS", 0.1)
    team = hub.workspace()
    make_bot(hub, "desk")

    told = command(hub, team, "/blocked")
    assert told["status"] == 200
    gate.set()

    assert sees(hub, team, "Very late.")


def test_b092_a_command_that_fails_says_so_without_its_trace(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")

    told = command(hub, team, "/broken")

    assert told["status"] == 200
    assert sees(hub, team, SORRY)
    channel = hub.say(team, "-")["channel"]
    assert "secret" not in hub.seen(team, channel, hub.people(team)[0])
    failed = wait_until(lambda: InboxEvent.objects.filter(state="failed").first())
    assert failed
    assert failed.error == "RuntimeError: a secret trace"
    assert 'raise RuntimeError("a secret trace")' in caplog.text


def pours(hub: Hub, team: Team, *numbers: int) -> dict[str, Any]:
    """A press of so many buttons at once."""
    actions = [{"type": "button", "action_id": f"pour_{n}", "block_id": "b"} for n in numbers]
    channel = {"id": hub.say(team, "-")["channel"]}
    return {"type": "block_actions", "channel": channel, "actions": actions}


def poured(hub: Hub, team: Team) -> list[str]:
    return [text for text in answers(hub, team) if text.startswith("Poured")]


def test_a_repeat_is_answered_and_not_done_again(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")
    payload = pours(hub, team, 1)

    told = [interact(hub, team, payload | {"trigger_id": "1.2.3"}) for _ in range(2)]
    wait_until(lambda: poured(hub, team))
    interact(hub, team, payload | {"trigger_id": "4.5.6"})
    wait_until(lambda: not InboxEvent.objects.filter(state="kept").exists())

    assert [each["status"] for each in told] == [200, 200]
    assert poured(hub, team) == ["Poured pour_1."] * 2


def test_b088_every_action_of_one_payload(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_bot(hub, "desk").teams.add(team)

    told = [interact(hub, each, pours(hub, each, 1, 2)) for each in (team, other)]
    wait_until(lambda: not InboxEvent.objects.filter(state="kept").exists())

    assert [each["status"] for each in told] == [200, 200]
    assert poured(hub, team) == ["Poured pour_1.", "Poured pour_2."]
    assert poured(hub, other) == []


def test_b088_a_form_is_opened_refused_and_taken(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")
    person = {"team_id": team.team_id, "user": hub.people(team)[0]}
    command(hub, team, "/form")

    def submit(kind: str) -> dict[str, Any]:
        told: dict[str, Any] = hub.slack.control(
            "POST", "view/submit", person | {"values": {"kind": kind}}
        )
        return told

    wait_until(lambda: InboxEvent.objects.filter(state="handled", type="slash_command").exists())
    refused = submit("coffee")
    taken = submit("oolong")

    assert refused["errors"] == {"kind": "Tea only."}
    assert taken["status"] == 200
    assert sees(hub, team, "Brewing oolong.")


def test_of_two_actions_at_once_each_is_done_once(hub: Hub) -> None:
    team = hub.workspace()
    make_bot(hub, "desk")
    load("desk")
    runs = sys.modules["slackhub_bot_file_desk"].runs
    runs.clear()
    body = pours(hub, team, 1, 2)
    body["actions"][1]["action_id"] = "stir"

    interact(hub, team, body)

    wait_until(lambda: InboxEvent.objects.filter(type="block_actions", state="handled").exists())
    assert runs == ["stir"]


def test_what_finds_no_thread_beside_the_request_is_done_by_a_worker(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bolting, "_places", BoundedSemaphore(1))
    team = hub.workspace()
    make_bot(hub, "desk")
    body = pours(hub, team, 1)
    body["actions"][0]["action_id"] = "stir"

    with bolting._places:
        told = interact(hub, team, body)
        done = InboxEvent.objects.filter(type="block_actions", state="handled")
        wait_until(done.exists)

    assert told["status"] == 200
