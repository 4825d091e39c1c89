"""Block Kit's limits: each broken rule is told with a pointer to the place."""

from typing import Any

import pytest

from sandbox.api.blocks import check_blocks
from sandbox.api.errors import SlackError
from sandbox.tests.conftest import Team, error_of


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def button(**changes: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": plain("Go")} | changes


def section(**changes: Any) -> dict[str, Any]:
    return {"type": "section", "text": plain("hello")} | changes


def actions(*elements: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


BROKEN: list[tuple[list[Any], str]] = [
    ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    (["text"], "must be an object [json-pointer:/blocks/0]"),
    ([{"type": "sektion"}], "unsupported type: sektion [json-pointer:/blocks/0/type]"),
    ([section(text=None)], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
    (
        [section(text=plain(""))],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [section(text=plain("x" * 3001))],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [section(text={"type": "html", "text": "x"})],
        "unsupported type: html [json-pointer:/blocks/0/text/type]",
    ),
    (
        [section(fields=[plain("x")] * 11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [{"type": "context", "elements": [plain("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    ([actions()], "must provide at least 1 item [json-pointer:/blocks/0/elements]"),
    (
        [actions(button(), button())],
        "action_id `a` already exists [json-pointer:/blocks/0/elements/1]",
    ),
    (
        [actions(button(text=plain("x" * 76)))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        [actions(button(style="blue"))],
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    (
        [actions(button(confirm={}))],
        "missing required field: text [json-pointer:/blocks/0/elements/0/confirm/title]",
    ),
    (
        [actions({"type": "static_select", "options": [{"text": plain("a"), "value": "b" * 151}]})],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        [{"type": "image", "image_url": "https://example.com/x.png"}],
        "must be a string [json-pointer:/blocks/0/alt_text]",
    ),
    (
        [section(block_id="b"), section(block_id="b")],
        "block_id already exists [json-pointer:/blocks/1/block_id]",
    ),
    (
        [{"type": "markdown", "text": "x" * 12_001}],
        "must be less than 12001 characters [json-pointer:/blocks/0/text]",
    ),
]


@pytest.mark.parametrize(("blocks", "sentence"), BROKEN)
def test_broken_blocks(blocks: list[Any], sentence: str) -> None:
    with pytest.raises(SlackError) as refused:
        check_blocks(blocks, most_chars=10**6)

    assert refused.value.code == "invalid_blocks"
    assert sentence in refused.value.extra["errors"]


def test_good_blocks_of_every_kind() -> None:
    confirm = {name: plain("x") for name in ("title", "text", "confirm", "deny")}
    image = {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "x"}

    check_blocks(
        [
            {"type": "header", "text": plain("Hello")},
            section(accessory=button(url="https://example.com", confirm=confirm)),
            {"type": "divider"},
            image,
            {"type": "context", "elements": [image, {"type": "mrkdwn", "text": "*x*"}]},
            actions(button(style="primary"), {"type": "datepicker", "action_id": "d"}),
            {"type": "markdown", "text": "**x**"},
        ],
        most_chars=10**6,
    )


def test_the_client_is_told(team: Team) -> None:
    header = {"type": "header", "text": plain("x" * 151)}

    answer = error_of(
        lambda: team.client.chat_postMessage(channel=team.reachable[0], text="x", blocks=[header])
    )

    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]
