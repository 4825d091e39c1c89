"""Answers at a response_url."""

import pytest

from sandbox.testing import RunningSandbox
from teams.answers import Rejected, Unreachable
from teams.slack import respond


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.example/x",
        "http://hooks.slack.com/x",
        "http://127.0.0.1:1/respond/x",
        "file:///etc/hosts",
        "",
    ],
)
def test_no_address_but_slacks_is_answered(slack: RunningSandbox, url: str) -> None:
    assert isinstance(respond(url, {"text": "Hi"}), Rejected)


def test_an_address_that_is_used_up_is_a_refusal(slack: RunningSandbox) -> None:
    answer = respond(f"{slack.url}/respond/used-up", {"text": "Hi"})

    assert isinstance(answer, Unreachable)
