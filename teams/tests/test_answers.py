from collections.abc import Mapping
from typing import Any

import pytest

from teams import answers
from teams.answers import Ambiguous, Disconnected, NotNow, Ok, Rejected, Unreachable, read_answer


def refused(code: str, **more: object) -> dict[str, object]:
    return {"ok": False, "error": code, **more}


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (200, {}, {"ok": True, "ts": "1.2"}, Ok),
        (429, {"Retry-After": "7"}, refused("ratelimited"), NotNow),
        (429, {}, None, NotNow),
        (200, {}, refused("rate_limited"), NotNow),
        (503, {}, refused("service_unavailable"), NotNow),
        (200, {}, refused("token_expired"), NotNow),
        (200, {}, refused("channel_not_found"), Unreachable),
        (200, {}, refused("something_new"), Unreachable),
        (200, {}, refused("token_revoked"), Disconnected),
        (200, {}, refused("account_inactive"), Disconnected),
        (200, {}, refused("missing_scope"), Disconnected),
        (200, {}, refused("invalid_blocks"), Rejected),
        (200, {}, refused("internal_error"), Ambiguous),
        (500, {}, refused("fatal_error"), Ambiguous),
        (500, {}, refused("something_new"), Ambiguous),
        (500, {}, None, Ambiguous),
        (502, {}, "<html>", Ambiguous),
        (200, {}, None, Ambiguous),
        (200, {}, [], Ambiguous),
        (200, {}, {}, Ambiguous),
        (200, {}, {"ok": False}, Ambiguous),
        (200, {}, {"ok": False, "error": 3}, Ambiguous),
        (200, {}, refused("Received a response in a non-JSON format: <html>"), Ambiguous),
        (500, {}, {"ok": True}, Ambiguous),
    ],
)
def test_every_answer_has_a_class(
    status: int, headers: Mapping[str, str], body: object, kind: type[Any]
) -> None:
    assert isinstance(read_answer(status, headers, body), kind)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "12"}, 12.0),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "999999"}, answers.LONGEST_WAIT),
        ({"Retry-After": "soon"}, answers.DEFAULT_WAIT),
        ({}, answers.DEFAULT_WAIT),
    ],
)
def test_the_wait_is_slacks_within_reason(headers: Mapping[str, str], wait: float) -> None:
    answer = read_answer(429, headers, None)

    assert isinstance(answer, NotNow)
    assert (answer.wait, answer.scope) == (wait, "lane")


def test_only_a_revoked_token_needs_no_confirmation() -> None:
    codes = ("token_revoked", "account_inactive", "invalid_auth", "missing_scope")

    certain = [getattr(read_answer(200, {}, refused(code)), "certain", None) for code in codes]

    assert certain == [True, False, False, False]


def test_an_unknown_code_is_named_in_the_sentence() -> None:
    answer = read_answer(200, {}, refused("something_new"))

    assert isinstance(answer, Unreachable)
    assert "something_new" in answer.sentence


def test_a_missing_scope_is_named() -> None:
    answer = read_answer(200, {}, refused("missing_scope", needed="users:read"))

    assert isinstance(answer, Disconnected)
    assert "users:read" in answer.sentence


def test_the_faulty_block_is_named() -> None:
    body = refused("invalid_blocks", response_metadata={"messages": ["[ERROR] no block [0]"]})

    answer = read_answer(200, {}, body)

    assert isinstance(answer, Rejected)
    assert "[ERROR] no block [0]" in answer.sentence


def test_half_an_emoji_is_left_out() -> None:
    body = refused("invalid_blocks", response_metadata={"messages": ["too long: \ud83d\0"]})

    answer = read_answer(200, {}, body)

    assert isinstance(answer, Rejected)
    assert answer.sentence.endswith("too long: ")


def test_no_code_stands_in_two_classes() -> None:
    tables: list[Mapping[str, object]] = [
        answers._NOT_NOW,
        answers._CERTAIN,
        answers._TO_BE_CONFIRMED,
        answers._UNREACHABLE,
        answers._REJECTED,
        answers._AMBIGUOUS,
    ]

    codes = [code for table in tables for code in table]

    assert len(codes) == len(set(codes))
