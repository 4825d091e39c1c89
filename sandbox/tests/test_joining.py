"""The bot comes into channels and goes, by itself and by people."""

from sandbox.testing import wait_until
from sandbox.tests.conftest import APP, Team, error_of, make_team
from sandbox.tests.listening import Listener


def test_bot_joins_and_leaves(team: Team, heard: Listener) -> None:
    channel = team.channel("random")

    answer = team.client.conversations_join(channel=channel)
    assert answer["channel"]["is_member"] is True
    wait_until(lambda: heard.of_type("member_joined_channel"))

    team.client.conversations_leave(channel=channel)
    (body,) = wait_until(lambda: heard.of_type("channel_left"))
    assert body["event"]["channel"] == channel
    assert body["event"]["actor_id"] == team.bot_user_id


def test_joining_twice_is_only_a_warning(team: Team) -> None:
    channel = team.channel("random")
    team.client.conversations_join(channel=channel)

    assert team.client.conversations_join(channel=channel)["warning"] == "already_in_channel"


def test_person_adds_and_removes_the_bot(team: Team, heard: Listener) -> None:
    person = team.reachable[0]
    team.control("POST", "channels/random/members", {"app_id": APP, "by": person})
    team.control("POST", "channels/random/members", {"app_id": APP, "by": person, "leave": True})

    (joined,) = wait_until(lambda: heard.of_type("member_joined_channel"))
    (left,) = wait_until(lambda: heard.of_type("channel_left"))
    assert joined["event"]["inviter"] == person
    assert left["event"]["actor_id"] == person


def test_private_channel_is_no_place_to_join(team: Team) -> None:
    join = team.client.conversations_join

    refused = error_of(lambda: join(channel=team.channel("leadership")))

    assert refused["error"] == "channel_not_found"


def test_refusals(team: Team) -> None:
    client = team.client
    archived, general = team.channel("old-project"), team.channel("general")

    assert error_of(lambda: client.conversations_join(channel=archived))["error"] == "is_archived"
    refused = error_of(lambda: client.conversations_leave(channel=general))
    assert refused["error"] == "cant_leave_general"
    assert client.conversations_leave(channel=team.channel("random"))["not_in_channel"] is True


def test_bots_info_tells_the_user_and_the_app(team: Team) -> None:
    bot_id = str(team.client.auth_test()["bot_id"])

    bot = team.client.bots_info(bot=bot_id)["bot"]

    assert isinstance(bot, dict)
    assert (bot["user_id"], bot["app_id"]) == (team.bot_user_id, APP)
    refused = error_of(lambda: team.client.bots_info(bot="B0NONE"))
    assert refused["error"] == "bot_not_found"


def test_permalink_names_the_message(team: Team) -> None:
    posted = team.client.chat_postMessage(channel=team.reachable[0], text="x")
    place = {"channel": str(posted["channel"]), "message_ts": str(posted["ts"])}

    link = str(team.client.chat_getPermalink(**place)["permalink"])

    ts = place["message_ts"].replace(".", "")
    assert link == f"https://acme.slack.com/archives/{place['channel']}/p{ts}"


def test_app_without_the_scope(team: Team) -> None:
    poor = make_team(team.sandbox, "initech", ["chat:write"])

    refused = error_of(lambda: poor.client.conversations_join(channel=poor.channel("random")))

    assert (refused["error"], refused["needed"]) == ("missing_scope", "channels:join")
