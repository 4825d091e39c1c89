"""chat.postMessage: to whom, with what, and each way of being refused."""

import asyncio
import json
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.testing import RunningSandbox
from sandbox.tests.conftest import APP, Team, error_of, make_team

BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}


def post_error(team: Team, channel: str, **content: Any) -> dict[str, Any]:
    return error_of(lambda: team.client.chat_postMessage(channel=channel, **content))


def test_post_to_a_person_opens_the_dm(team: Team, other: Team) -> None:
    answer = team.client.chat_postMessage(channel=team.reachable[0], text="hello")

    assert answer["channel"].startswith("D")
    assert answer["message"]["text"] == "hello"
    again = team.client.chat_postMessage(channel=answer["channel"], text="again")
    assert again["channel"] == answer["channel"]
    assert again["ts"] > answer["ts"]


def test_async_client_posts(team: Team) -> None:
    client = AsyncWebClient(token=team.client.token, base_url=team.sandbox.api_url)

    async def post_all() -> list[str]:
        posts = (client.chat_postMessage(channel=user, text="hi") for user in team.reachable[:5])
        return [str(answer["channel"]) for answer in await asyncio.gather(*posts)]

    assert len(set(asyncio.run(post_all()))) == 5


def test_post_is_in_the_ledger_with_its_delivery(team: Team, other: Team) -> None:
    metadata = {"event_type": "broadcast", "event_payload": {"delivery_id": "d-7"}}

    answer = team.client.chat_postMessage(
        channel=team.reachable[0], text="hello", blocks=[BLOCK], metadata=metadata
    )

    (post,) = team.sandbox.posts(team_id=team.id)
    assert post["ts"] == answer["ts"]
    assert (post["channel"], post["user"]) == (answer["channel"], team.reachable[0])
    assert (post["seq"], post["app_id"], post["delivery"]) == (1, APP, "d-7")
    assert post["metadata"] == metadata
    assert post["blocks"][0]["text"] == BLOCK["text"]
    assert team.sandbox.posts(team_id=other.id) == []
    assert json.loads((team.sandbox.folder / "ledger.jsonl").read_text()) == post


def test_ledger_pages_by_seq(team: Team, other: Team) -> None:
    for each in (team, other, team):
        each.client.chat_postMessage(channel=each.reachable[0], text="hello")

    page = team.sandbox.control("GET", f"ledger?since=1&team_id={team.id}")

    assert [post["seq"] for post in page["posts"]] == [3]
    assert page["next"] == 3
    assert "metadata" not in page["posts"][0]


def test_summary_counts_posts_per_team(team: Team, other: Team) -> None:
    for each in (team, other, team):
        each.client.chat_postMessage(channel=each.reachable[0], text="hello")

    summary = team.sandbox.control("GET", f"summary?app_id={APP}")

    assert summary["posts"] == 3
    assert summary["per_team"][team.id] == {"posts": 2, "rate_limited": 0}
    assert summary["requests"]["chat.postMessage"] == 3
    assert (summary["rate_limited"], summary["ambiguous"], summary["open_requests"]) == (0, 0, 0)


@pytest.mark.parametrize("address", ["general", "#general"])
def test_post_to_a_channel_by_name(team: Team, address: str) -> None:
    answer = team.client.chat_postMessage(channel=address, text="hello")

    assert answer["channel"] == team.channel("general")


def test_blocks_as_a_form_string(team: Team) -> None:
    form = {"channel": team.reachable[0], "blocks": json.dumps([BLOCK])}

    answer = team.client.api_call("chat.postMessage", data=form)

    assert answer["message"]["blocks"][0]["text"] == BLOCK["text"]


@pytest.mark.parametrize("custom", [{"username": "Boss"}, {"icon_emoji": ":tea:"}])
def test_custom_name_or_icon_to_a_person_lands_at_slackbot(
    sandbox: RunningSandbox, app: str, custom: dict[str, Any]
) -> None:
    team = make_team(sandbox, "acme", scopes=["chat:write", "chat:write.customize"])
    plain = team.client.chat_postMessage(channel=team.reachable[0], text="hello")

    posted = team.client.chat_postMessage(channel=team.reachable[0], text="hi", **custom)

    assert posted["channel"] != plain["channel"]


@pytest.mark.parametrize(
    ("asked", "icons"),
    [
        ({"icon_emoji": ":tea:", "icon_url": "https://tea.example/i.png"}, {"emoji": ":tea:"}),
        ({"icon_url": "https://tea.example/i.png"}, {"image_48": "https://tea.example/i.png"}),
    ],
)
def test_custom_icon_stands_in_the_message(
    sandbox: RunningSandbox, app: str, asked: dict[str, Any], icons: dict[str, str]
) -> None:
    team = make_team(sandbox, "acme", scopes=["chat:write", "chat:write.customize"])

    posted = team.client.chat_postMessage(channel=team.reachable[0], text="hi", **asked)

    assert posted["message"]["icons"] == icons


@pytest.mark.parametrize("custom", [{"username": "Boss"}, {"icon_emoji": ":tea:"}])
def test_custom_name_or_icon_needs_its_scope(team: Team, custom: dict[str, Any]) -> None:
    answer = post_error(team, team.reachable[0], text="hi", **custom)

    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write.customize")


def test_unknown_channel(team: Team) -> None:
    assert post_error(team, "C0NOWHERE", text="hello")["error"] == "channel_not_found"


def test_person_of_another_team(team: Team, other: Team) -> None:
    assert post_error(team, other.reachable[0], text="hello")["error"] == "channel_not_found"


def test_dm_of_another_team(team: Team, other: Team) -> None:
    theirs = other.client.chat_postMessage(channel=other.reachable[0], text="hello")["channel"]

    assert post_error(team, theirs, text="hello")["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("deleted", "channel_not_found"),
        ("is_bot", "cannot_dm_bot"),
        ("is_stranger", "channel_not_found"),
    ],
)
def test_post_to_the_unreachable(team: Team, kind: str, code: str) -> None:
    somebody = team.user(lambda user: bool(user.get(kind)))

    assert post_error(team, somebody, text="hello")["error"] == code


def test_post_to_slackbot(team: Team) -> None:
    assert post_error(team, "USLACKBOT", text="hello")["error"] == "cannot_dm_bot"


def test_answer_for_a_deactivated_person_can_be_chosen(team: Team) -> None:
    gone = team.user(lambda user: bool(user["deleted"]))
    team.sandbox.control("PUT", "answers", {"post_to_deactivated": "user_disabled"})

    assert post_error(team, gone, text="hello")["error"] == "user_disabled"


def test_deactivated_after_the_dm_was_opened(team: Team) -> None:
    dm = team.client.chat_postMessage(channel=team.reachable[0], text="hello")["channel"]
    team.control("PATCH", f"users/{team.reachable[0]}", {"deleted": True})

    assert post_error(team, dm, text="hello")["error"] == "channel_not_found"


def test_archived_channel(team: Team) -> None:
    assert post_error(team, team.channel("old-project"), text="hello")["error"] == "is_archived"


def test_public_channel_without_membership(sandbox: RunningSandbox, app: str) -> None:
    team = make_team(sandbox, "acme", scopes=["chat:write"])

    before = post_error(team, team.channel("general"), text="hello")
    team.control("POST", "channels/general/members", {"app_id": APP})

    assert before["error"] == "not_in_channel"
    assert team.client.chat_postMessage(channel=team.channel("general"), text="hello")["ok"]


def test_private_channel_without_membership(team: Team) -> None:
    answer = post_error(team, team.channel("leadership"), text="hello")

    assert answer["error"] == "channel_not_found"


def test_channel_is_required(team: Team) -> None:
    answer = error_of(lambda: team.client.api_call("chat.postMessage", json={"text": "hello"}))

    assert answer["error"] == "invalid_arguments"


def test_nothing_to_say(team: Team) -> None:
    answer = error_of(
        lambda: team.client.api_call("chat.postMessage", json={"channel": team.reachable[0]})
    )

    assert answer["error"] == "no_text"


def test_long_text_is_cut_with_a_warning(team: Team) -> None:
    answer = team.client.chat_postMessage(channel=team.reachable[0], text="x" * 40_001)

    assert answer["warning"] == "message_truncated"
    assert len(answer["message"]["text"]) == 40_000


def test_long_text_can_be_refused(team: Team) -> None:
    team.sandbox.control("PUT", "answers", {"long_text": "msg_too_long"})

    answer = post_error(team, team.reachable[0], text="x" * 40_001)

    assert answer["error"] == "msg_too_long"


def test_long_markdown_text(team: Team) -> None:
    answer = post_error(team, team.reachable[0], markdown_text="x" * 12_001)

    assert answer["error"] == "msg_too_long"


def test_markdown_text_beside_text(team: Team) -> None:
    answer = post_error(team, team.reachable[0], text="x", markdown_text="x")

    assert answer["error"] == "markdown_text_conflict"


def test_too_many_attachments(team: Team) -> None:
    answer = post_error(team, team.reachable[0], text="x", attachments=[{"text": "a"}] * 101)

    assert answer["error"] == "too_many_attachments"


def test_broken_blocks_string(team: Team) -> None:
    assert (
        post_error(team, team.reachable[0], text="x", blocks="[{")["error"]
        == "invalid_blocks_format"
    )


def test_blocks_too_long_together(team: Team) -> None:
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}

    answer = post_error(team, team.reachable[0], text="x", blocks=[long] * 5)

    assert answer["error"] == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ("{", "invalid_metadata_format"),
        ("[]", "invalid_metadata_format"),
        ('{"event_type": "x"}', "invalid_metadata_schema"),
        ('{"event_payload": {}}', "invalid_metadata_schema"),
        (json.dumps({"event_type": "x", "event_payload": {"a": "b" * 9000}}), "metadata_too_large"),
    ],
)
def test_wrong_metadata(team: Team, metadata: str, code: str) -> None:
    form = {"channel": team.reachable[0], "text": "x", "metadata": metadata}

    assert error_of(lambda: team.client.api_call("chat.postMessage", data=form))["error"] == code
