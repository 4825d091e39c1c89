"""Who may speak at an events address, and what happens to nonsense there."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from slack_sdk.signature import SignatureVerifier

from bots.models import InboxEvent
from teams.models import SlackApp
from teams.tests.factories import make_app

pytestmark = pytest.mark.django_db


def signed(slack_app: SlackApp, body: str, *, age: int = 0) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    verifier = SignatureVerifier(slack_app.signing_secret)
    signature = verifier.generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}


def send(
    slack_app: SlackApp,
    body: str,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
) -> HttpResponse:
    headers = signed(slack_app, body) if headers is None else headers
    response: Any = Client(raise_request_exception=False).post(
        f"/slack/{slack_app.slug}/events", body, content_type=content_type, headers=headers
    )
    assert isinstance(response, HttpResponse)
    return response


def test_b081_an_unsigned_request_is_refused() -> None:
    assert send(make_app(), "{}", {}).status_code == 401


def test_b081_an_old_timestamp_is_refused() -> None:
    slack_app = make_app()

    assert send(slack_app, "{}", signed(slack_app, "{}", age=301)).status_code == 401


def test_b081_another_apps_signature_is_refused() -> None:
    assert send(make_app(), "{}", signed(make_app(), "{}")).status_code == 401


@pytest.mark.parametrize(
    "name, value",
    [
        ("X-Slack-Request-Timestamp", "yesterday"),
        ("X-Slack-Request-Timestamp", "-1"),
        ("X-Slack-Request-Timestamp", "9" * 5000),
        ("X-Slack-Request-Timestamp", "١٢٣"),
        ("X-Slack-Signature", "v0=é"),
        ("X-Slack-Signature", ""),
    ],
)
def test_b081_a_malformed_header_is_refused(name: str, value: str) -> None:
    slack_app = make_app()

    response = send(slack_app, "{}", signed(slack_app, "{}") | {name: value})

    assert response.status_code == 401


def test_b081_a_missing_secret_is_said() -> None:
    slack_app = make_app(signing_secret="")

    response = send(slack_app, "{}", {})

    assert response.status_code == 503
    assert b"signing secret" in response.content


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "7",
        "[" * 100_000,
        '{"type": "event_callback"}',
        '{"type": "event_callback", "event": 3, "event_id": "Ev1"}',
        '{"type": "event_callback", "event": {"type": 3}, "event_id": "Ev1"}',
        '{"type": "event_callback", "event": {"type": "message"}, "event_id": ""}',
        '{"type": "event_callback", "event": {"type": "message"}, "authorizations": 5}',
        '{"type": "block_actions", "user": 5}',
    ],
)
def test_a_signed_body_that_cannot_be_read_is_refused(body: str) -> None:
    assert send(make_app(), body).status_code == 400


def test_a_form_with_a_broken_payload_is_refused() -> None:
    body = urlencode({"payload": "{"})

    response = send(make_app(), body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 400


def test_a_body_that_is_not_text_is_refused() -> None:
    slack_app = make_app()

    response = Client().post(
        f"/slack/{slack_app.slug}/events",
        b"\xff\xfe",
        content_type="application/json",
        headers=signed(slack_app, "{}"),
    )

    assert response.status_code == 401


def test_an_oversized_body_is_refused() -> None:
    response = send(make_app(), json.dumps({"text": "x" * 3_000_000}))

    assert response.status_code == 400


def test_b082_the_challenge_is_echoed() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"})

    response = send(make_app(), body)

    assert (response.status_code, json.loads(response.content)) == (200, {"challenge": "3eZbrw1a"})


def test_the_check_of_the_certificate_is_answered() -> None:
    form = urlencode({"ssl_check": "1", "token": "x"})

    response = send(make_app(), form, {}, "application/x-www-form-urlencoded")

    assert response.status_code == 200


def test_news_of_a_rate_limit_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    response = send(make_app(), json.dumps({"type": "app_rate_limited", "team_id": "T1"}))

    assert response.status_code == 200
    assert "T1" in caplog.text


def test_what_postgresql_cannot_keep_does_not_lose_the_event() -> None:
    event = {"type": "message", "text": "a\0b\ud83d"}
    body = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event}

    response = send(make_app(), json.dumps(body))

    assert response.status_code == 200
    assert InboxEvent.objects.get().body["event"]["text"] == "ab?"


def test_an_unknown_or_disabled_app_has_no_address() -> None:
    known, disabled = make_app(), make_app(enabled=False)

    found = [
        Client().post(f"/slack/{slug}/events").status_code
        for slug in (known.slug, disabled.slug, "nobody")
    ]

    assert found == [401, 404, 404]


def test_events_are_only_posted() -> None:
    slack_app = make_app()

    assert Client().get(f"/slack/{slack_app.slug}/events").status_code == 405
