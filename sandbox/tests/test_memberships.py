"""users.conversations and conversations.invite with a stock client."""

from sandbox.testing import RunningSandbox, wait_until
from sandbox.tests.conftest import APP, Team, error_of, make_team
from sandbox.tests.listening import Listener


def join(team: Team, name: str, **who: str) -> str:
    """The id of a channel that the bot, or somebody, has come into."""
    channel = team.channel(name)
    team.control("POST", f"channels/{channel}/members", who or {"app_id": APP})
    return channel


def test_conversations_of_the_bot(team: Team, other: Team) -> None:
    join(other, "random")
    joined = join(team, "general")

    (channel,) = team.client.users_conversations()["channels"]

    assert channel["id"] == joined
    assert "is_member" not in channel


def test_private_ones_and_dms_when_asked_for(sandbox: RunningSandbox, app: str) -> None:
    team = make_team(sandbox, "acme", ["channels:read", "groups:read", "im:read", "im:write"])
    private = join(team, "leadership")
    dm = team.client.conversations_open(users=team.reachable[0])["channel"]

    answer = team.client.users_conversations(types="private_channel,im")

    assert {each["id"] for each in answer["channels"]} == {private, dm["id"]}


def test_conversations_of_a_person_are_those_that_the_bot_sees(team: Team) -> None:
    person = team.reachable[0]
    types = "public_channel,private_channel"
    before = team.client.users_conversations(user=person, types=types, exclude_archived=True)

    join(team, "leadership")
    after = team.client.users_conversations(user=person, types=types, exclude_archived=True)

    assert [each["name"] for each in before["channels"]] == ["general", "random", "announcements"]
    assert [each["name"] for each in after["channels"]][3:] == ["leadership"]


def test_conversations_of_a_stranger(team: Team, other: Team) -> None:
    answer = error_of(lambda: team.client.users_conversations(user=other.reachable[0]))

    assert answer["error"] == "user_not_found"


def test_the_bot_invites_a_person(team: Team, heard: Listener) -> None:
    newcomer = team.control("POST", "users", {"real_name": "Nia"})["id"]
    channel = join(team, "random")

    team.client.conversations_invite(channel=channel, users=newcomer)

    def joined() -> list[str]:
        bodies = heard.of_type("member_joined_channel")
        return [each["event"]["user"] for each in bodies if "inviter" in each["event"]]

    assert wait_until(joined) == [newcomer]
    assert newcomer in team.client.conversations_members(channel=channel)["members"]


def test_one_who_cannot_come_keeps_the_others_out(team: Team) -> None:
    newcomer = team.control("POST", "users", {})["id"]
    channel, users = join(team, "random"), [newcomer, team.reachable[0]]

    answer = error_of(lambda: team.client.conversations_invite(channel=channel, users=users))
    team.client.conversations_invite(channel=channel, users=users, force=True)

    assert answer["error"] == "already_in_channel"
    assert answer["errors"][0]["user"] == team.reachable[0]
    assert newcomer in team.client.conversations_members(channel=channel)["members"]


def test_the_bot_invites_to_its_own_channels_alone(team: Team) -> None:
    channel, person = team.channel("random"), team.reachable[0]

    answer = error_of(lambda: team.client.conversations_invite(channel=channel, users=person))

    assert answer["error"] == "not_in_channel"


def test_inviting_needs_its_scope(sandbox: RunningSandbox, app: str) -> None:
    poor = make_team(sandbox, "poor", ["chat:write"])
    channel, person = join(poor, "random"), poor.reachable[0]

    answer = error_of(lambda: poor.client.conversations_invite(channel=channel, users=person))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:manage")
