"""How arguments may be sent, and what is said about those that cannot be read."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from sandbox.tests.conftest import Team


def call(team: Team, method: str, body: bytes | None, kind: str | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {team.client.token}"}
    if kind is not None:
        headers["Content-Type"] = kind
    request = Request(f"{team.sandbox.api_url}{method}", body, headers)
    with urlopen(request, timeout=5) as answer:
        document: dict[str, Any] = json.load(answer)
    return document


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"x", "text/plain", "invalid_post_type"),
    ],
)
def test_body_that_cannot_be_read(team: Team, body: bytes, kind: str, code: str) -> None:
    assert call(team, "users.info", body, kind) == {"ok": False, "error": code}


def test_query_string(team: Team) -> None:
    answer = call(team, f"users.info?user={team.reachable[0]}", None, None)

    assert answer["user"]["id"] == team.reachable[0]


def test_body_wins_over_query_string(team: Team) -> None:
    answer = call(
        team,
        f"users.info?user={team.reachable[0]}",
        json.dumps({"user": team.reachable[1]}).encode(),
        "application/json; charset=utf-8",
    )

    assert answer["user"]["id"] == team.reachable[1]


def test_multipart_form(team: Team) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="user"\r\n\r\n'
        + team.reachable[0].encode()
        + b"\r\n--x--\r\n"
    )

    answer = call(team, "users.info", body, "multipart/form-data; boundary=x")

    assert answer["user"]["id"] == team.reachable[0]


def test_attachments_that_are_no_list(team: Team) -> None:
    post = {"channel": team.reachable[0], "text": "x", "attachments": {}}

    answer = call(team, "chat.postMessage", json.dumps(post).encode(), "application/json")

    assert answer["error"] == "invalid_attachments"


def test_channel_that_is_only_a_hash(team: Team) -> None:
    post = {"channel": "#", "text": "x"}
    team.client.chat_postMessage(channel=team.reachable[0], text="opens a DM, which has no name")

    answer = call(team, "chat.postMessage", json.dumps(post).encode(), "application/json")

    assert answer["error"] == "channel_not_found"
