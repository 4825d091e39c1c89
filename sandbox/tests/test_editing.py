"""chat.update and chat.delete with a stock client."""

from typing import Any

from sandbox.tests.conftest import Team, error_of

OURS = {"event_type": "thing_posted", "event_payload": {"thing": "1"}}


def post(team: Team) -> Any:
    return team.client.chat_postMessage(channel=team.reachable[0], text="one", metadata=OURS)


def messages(team: Team, channel: str) -> list[dict[str, Any]]:
    answer = team.client.conversations_history(channel=channel, include_all_metadata=True)
    found: list[dict[str, Any]] = answer["messages"]
    return found


def test_an_update_changes_the_text_and_keeps_the_metadata(team: Team) -> None:
    sent = post(team)

    answer = team.client.chat_update(channel=sent["channel"], ts=sent["ts"], text="two")

    (message,) = messages(team, sent["channel"])
    assert (answer["ts"], answer["text"]) == (sent["ts"], "two")
    assert (message["text"], message["metadata"]) == ("two", OURS)


def test_a_deleted_message_is_gone(team: Team) -> None:
    sent = post(team)

    team.client.chat_delete(channel=sent["channel"], ts=sent["ts"])

    assert messages(team, sent["channel"]) == []
    assert len(team.sandbox.posts(team_id=team.id)) == 1


def test_an_unknown_message(team: Team, other: Team) -> None:
    sent = post(team)

    updated = error_of(lambda: team.client.chat_update(channel=sent["channel"], ts="1.2", text="x"))
    deleted = error_of(lambda: team.client.chat_delete(channel=sent["channel"], ts="1.2"))
    foreign = error_of(lambda: other.client.chat_delete(channel=sent["channel"], ts=sent["ts"]))

    assert [updated["error"], deleted["error"]] == ["message_not_found", "message_not_found"]
    assert foreign["error"] == "channel_not_found"


def test_a_person_is_no_channel(team: Team) -> None:
    sent = post(team)

    answer = error_of(
        lambda: team.client.chat_update(channel=team.reachable[0], ts=sent["ts"], text="two")
    )

    assert answer["error"] == "channel_not_found"


def test_a_persons_message_is_not_the_apps(team: Team) -> None:
    channel = post(team)["channel"]
    said = {"user": team.reachable[0], "channel": channel, "text": "mine"}
    ts = team.control("POST", "say", said)["ts"]

    updated = error_of(lambda: team.client.chat_update(channel=channel, ts=ts, text="x"))
    deleted = error_of(lambda: team.client.chat_delete(channel=channel, ts=ts))

    assert updated["error"] == "cant_update_message"
    assert deleted["error"] == "cant_delete_message"


def test_a_text_that_could_be_posted_may_be_too_long_for_an_update(team: Team) -> None:
    sent = post(team)

    answer = error_of(
        lambda: team.client.chat_update(channel=sent["channel"], ts=sent["ts"], text="x" * 4001)
    )

    assert answer["error"] == "msg_too_long"
