"""The process itself: ready when the port is known, gone when told, its ledger on disk."""

import json
import signal
from pathlib import Path

import pytest

from sandbox.testing import ControlError, RunningSandbox, running_sandbox
from sandbox.tests.conftest import APP, Team, make_team


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clean_stop_by_signal(number: signal.Signals) -> None:
    with running_sandbox() as sandbox:
        sandbox.process.send_signal(number)

        assert sandbox.process.wait(5) == 0


def test_ledger_survives_a_kill(tmp_path: Path) -> None:
    with running_sandbox(folder=tmp_path) as sandbox:
        sandbox.control("PUT", f"apps/{APP}", {})
        team = make_team(sandbox, "acme")
        answer = team.client.chat_postMessage(channel=team.reachable[0], text="hello")
        sandbox.process.kill()
        sandbox.process.wait()

    (line,) = (tmp_path / "ledger.jsonl").read_text().splitlines()
    assert json.loads(line)["ts"] == answer["ts"]


def test_ledger_goes_on_after_a_restart(tmp_path: Path) -> None:
    line = {"team_id": "T1", "app_id": "A1", "metadata": None, "seq": 1}
    (tmp_path / "ledger.jsonl").write_text(json.dumps(line) + "\n")

    with running_sandbox(folder=tmp_path) as sandbox:
        assert sandbox.posts() == [line]
        assert sandbox.control("GET", "ledger?since=1") == {"posts": [], "next": 1}


def test_health(sandbox: RunningSandbox) -> None:
    assert sandbox.control("GET", "health") == {"ok": True}


def test_reset_forgets_everything(team: Team) -> None:
    team.client.chat_postMessage(channel=team.reachable[0], text="hello")
    team.sandbox.control("PUT", "faults", {"kind": "http_500"})

    team.sandbox.control("POST", "reset")

    assert team.sandbox.control("GET", "workspaces") == []
    assert team.sandbox.control("GET", "ledger") == {"posts": [], "next": 0}
    assert team.sandbox.control("GET", "summary")["posts"] == 0
    assert (team.sandbox.folder / "ledger.jsonl").read_text() == ""


def test_generator_makes_the_workspace_that_was_asked_for(sandbox: RunningSandbox) -> None:
    wanted = {
        "team_id": "T0CUSTOM",
        "name": "Custom",
        "domain": "custom",
        "people": 30,
        "channels": 7,
        "enterprise": {"id": "E1", "name": "Holding"},
    }

    made = sandbox.control("POST", "workspaces", wanted)

    assert (made["team_id"], made["reachable"], len(made["channels"])) == ("T0CUSTOM", 30, 7)
    assert sandbox.control("GET", "workspaces") == [made]


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("GET nothing", None, 404),
        ("POST health", {}, 405),
        ("PUT faults", {"kind": "meteor"}, 400),
        ("PUT limits", {"per_hour": 1}, 400),
        ("PUT answers", {"colour": "red"}, 400),
        ("PUT apps/A1", {"colour": "red"}, 400),
        ("PUT limits", [1], 400),
        ("POST install", {"app_id": "A9", "team_id": "T9"}, 404),
        ("GET workspaces/T9/users", None, 404),
    ],
)
def test_wrong_control(sandbox: RunningSandbox, call: str, body: object, status: int) -> None:
    verb, path = call.split()

    with pytest.raises(ControlError) as refused:
        sandbox.control(verb, path, body)

    assert refused.value.status == status


def test_two_workspaces_of_one_domain(team: Team) -> None:
    with pytest.raises(ControlError, match="409"):
        team.sandbox.control("POST", "workspaces", {"domain": "acme"})
