"""News of the installation and of people reaches our rows."""

from datetime import UTC, datetime

from bots.tests.hub import Hub
from sandbox.testing import wait_until
from teams.models import Recipient, Team


def is_disconnected(team: Team) -> bool:
    return Team.objects.filter(pk=team.pk, state=Team.State.DISCONNECTED, bot_token="").exists()


def test_b039_an_uninstalled_team_is_disconnected_within_seconds(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()

    hub.slack.control(
        "POST", "uninstall", {"app_id": hub.slack_app.app_id, "team_id": team.team_id}
    )

    assert wait_until(lambda: is_disconnected(team), 5)
    assert not is_disconnected(other)


def test_b039_a_revoked_token_disconnects_the_team(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()

    hub.slack.control("POST", "revoke", {"app_id": hub.slack_app.app_id, "team_id": team.team_id})

    assert wait_until(lambda: is_disconnected(team), 5)
    assert not is_disconnected(other)


def test_a_persons_revoked_token_is_not_the_bots(hub: Hub) -> None:
    team = hub.workspace()

    event_id = hub.send(team, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}})
    hub.acknowledged(event_id)
    hub.say(team, "hi")
    hub.reply(team)

    assert not is_disconnected(team)


def test_late_news_of_an_earlier_installation_changes_nothing(hub: Hub) -> None:
    team = hub.workspace()
    Team.objects.filter(pk=team.pk).update(installed_at=datetime.now(UTC))

    event_id = hub.send(team, {"type": "app_uninstalled"})
    hub.acknowledged(event_id)
    hub.say(team, "hi")

    assert hub.reply(team)["text"].startswith("Hi ")
    assert not is_disconnected(team)


def test_b039_an_app_removed_right_after_its_install_is_disconnected(hub: Hub) -> None:
    team = hub.workspace()
    Team.objects.filter(pk=team.pk).update(installed_at=datetime.now(UTC))

    hub.slack.control(
        "POST", "uninstall", {"app_id": hub.slack_app.app_id, "team_id": team.team_id}
    )

    assert wait_until(lambda: is_disconnected(team), 5)


def test_a_newcomer_becomes_a_recipient(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()

    joined = hub.slack.control(
        "POST", f"workspaces/{team.team_id}/users", {"real_name": "Ada Lovelace"}
    )
    wait_until(Recipient.objects.filter(slack_id=joined["id"]).exists)

    person = Recipient.objects.get(slack_id=joined["id"])
    assert (person.team, person.real_name) == (team, "Ada Lovelace")
    assert not other.recipients.exists()


def test_a_deactivated_person_is_marked(hub: Hub) -> None:
    team = hub.workspace()
    person = hub.person(team)

    hub.slack.control(
        "PATCH", f"workspaces/{team.team_id}/users/{person.slack_id}", {"deleted": True}
    )

    gone = Recipient.objects.filter(pk=person.pk, is_deactivated=True)
    assert wait_until(gone.exists)


def test_a_channel_that_the_bot_joins_is_known(hub: Hub) -> None:
    team = hub.workspace()

    channel = hub.channel(team)

    assert wait_until(team.recipients.channels().filter(slack_id=channel, is_member=True).exists)
