"""hi, help and about, said in a channel or to the bot alone."""

import pytest

from bots.models import InboxEvent
from bots.tests.hub import Hub
from sandbox.testing import wait_until
from teams.models import Team


def public_channel(hub: Hub, team: Team) -> str:
    """A channel that the bot is in."""
    rooms = hub.slack.control("GET", "workspaces")
    (found,) = [room for room in rooms if room["team_id"] == team.team_id]
    channel = next(c["id"] for c in found["channels"] if c["kind"] == "channel")
    hub.slack.control(
        "POST",
        f"workspaces/{team.team_id}/members",
        {"channel": channel, "user": team.bot_user_id},
    )
    return str(channel)


def wait_for_events(count: int) -> None:
    done = InboxEvent.objects.exclude(state=InboxEvent.State.KEPT)
    wait_until(lambda: done.count() >= count)


@pytest.mark.parametrize("text", ["hi", "HI!", " <@{bot}> hi", "\u00a0hi\u00a0"])
def test_hi_in_a_direct_message(hub: Hub, text: str) -> None:
    team, other = hub.workspace(), hub.workspace()

    said = hub.say(team, text.format(bot=team.bot_user_id))

    reply = hub.reply(team)
    assert reply["text"] == f"Hi <@{hub.people(team)[0]}>!"
    assert reply["channel"] == said["channel"]
    assert hub.replies(other) == []


def test_help_lists_the_commands(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "help")

    text = hub.reply(team)["text"]
    assert all(f"`{name}`" in text for name in ("hi", "help", "about"))


def test_about_names_the_app(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "about")

    assert hub.slack_app.name in hub.reply(team)["text"]


def test_what_the_bot_does_not_know_gets_a_way_on(hub: Hub) -> None:
    team = hub.workspace()

    hub.say(team, "make coffee")

    assert "`help`" in hub.reply(team)["text"]
