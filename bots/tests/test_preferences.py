"""App Home and the hub's command, used in the sandbox."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bots import preferences
from bots.people import rows_of
from bots.tests.hub import Hub
from broadcasts import buttons
from broadcasts.buttons import opt_out_block
from broadcasts.models import Broadcast, Delivery, OptOut
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from sandbox.testing import wait_until
from teams import slack
from teams.directory import keep
from teams.models import Group, Recipient, SlackApp, Team
from teams.tests.factories import make_app, make_person, make_team

LIVE = Broadcast.State.SCHEDULED


def act(hub: Hub, what: str, team: Team, user: str, **more: Any) -> dict[str, Any]:
    where = {"team_id": team.team_id, "user": user, "app_id": hub.slack_app.app_id}
    done: dict[str, Any] = hub.slack.control("POST", what, where | more)
    return done


def home(hub: Hub, team: Team, user: str) -> str:
    """What the Home shows, as one text; empty before there is one."""
    path = f"workspaces/{team.team_id}/users/{user}/views?app_id={hub.slack_app.app_id}"
    return str(hub.slack.control("GET", path)["home"] or "")


def opened(hub: Hub, team: Team, user: str) -> str:
    act(hub, "home", team, user)
    return wait_until(lambda: home(hub, team, user))


def shows(hub: Hub, team: Team, user: str, text: str) -> bool:
    return bool(wait_until(lambda: text in home(hub, team, user)))


def press(hub: Hub, team: Team, user: str, action_id: str, **more: Any) -> None:
    done = act(hub, "view/click", team, user, action_id=action_id, **more)
    assert done["status"] == 200


def test_the_home_shows_what_this_person_receives(hub: Hub) -> None:
    team, other = hub.workspace(), hub.workspace()
    make_broadcast(teams=(team,), name="Weekly <tip>", state=LIVE)
    make_broadcast(teams=(other,), name="Secret plans", state=LIVE)
    make_broadcast(teams=(team,), name="Not started")

    shown = opened(hub, team, hub.people(team)[0])

    assert hub.slack_app.name in shown
    assert "Weekly &lt;tip&gt;" in shown
    assert "Secret plans" not in shown
    assert "Not started" not in shown


def test_choices_in_the_home_are_obeyed_and_shown(hub: Hub) -> None:
    team = hub.workspace()
    person, (_, bystander, *_) = hub.person(team), hub.people(team)
    other = make_person(team, slack_id=bystander)
    user = person.slack_id
    opened(hub, team, user)

    press(hub, team, user, preferences.MUTE, value="3600")
    assert shows(hub, team, user, "Muted")
    press(hub, team, user, preferences.FROM, value="21:30")
    press(hub, team, user, preferences.QUIET)
    assert shows(hub, team, user, "from 21:30 to 07:00")
    press(hub, team, user, preferences.STOP_ALL)
    assert shows(hub, team, user, "stopped all messages")

    person.refresh_from_db()
    other.refresh_from_db()
    assert person.opted_out_at is not None
    assert (person.quiet_from, person.quiet_to) == (time(21, 30), time(7))
    assert person.muted_until is not None
    assert timedelta(0) < person.muted_until - timezone.now() <= timedelta(hours=1)
    assert (other.opted_out_at, other.quiet_from, other.muted_until) == (None, None, None)


def test_choices_in_the_home_are_taken_back(hub: Hub) -> None:
    team = hub.workspace()
    person = hub.person(team)
    person.mute(timezone.now() + timedelta(hours=1))
    person.keep_quiet((time(22), time(7)))
    person.opt_out(timezone.now())
    opened(hub, team, person.slack_id)

    for action_id in (preferences.UNMUTE, preferences.NO_QUIET, preferences.RESUME_ALL):
        press(hub, team, person.slack_id, action_id)
    assert shows(hub, team, person.slack_id, "Messages come to you")

    person.refresh_from_db()
    assert (person.opted_out_at, person.quiet_from, person.muted_until) == (None, None, None)


def test_one_broadcast_is_stopped_in_the_home_and_comes_back(hub: Hub) -> None:
    team = hub.workspace()
    person, broadcast = hub.person(team), make_broadcast(teams=(team,), state=LIVE)
    opened(hub, team, person.slack_id)

    press(hub, team, person.slack_id, preferences.STOP)
    assert shows(hub, team, person.slack_id, "(stopped)")
    assert OptOut.objects.filter(broadcast=broadcast, recipient=person).exists()

    press(hub, team, person.slack_id, preferences.RESUME)
    assert wait_until(lambda: "(stopped)" not in home(hub, team, person.slack_id))
    assert not OptOut.objects.exists()


def test_quiet_hours_without_an_end_are_refused_with_a_sentence(hub: Hub) -> None:
    team = hub.workspace()
    person = hub.person(team)
    opened(hub, team, person.slack_id)

    press(hub, team, person.slack_id, preferences.FROM, value="07:00")
    press(hub, team, person.slack_id, preferences.QUIET)

    assert shows(hub, team, person.slack_id, "different times")


def command(hub: Hub, team: Team, user: str, text: str) -> dict[str, Any]:
    return act(hub, "command", team, user, command="/hub", text=text)


def whispers(hub: Hub, team: Team, user: str) -> list[dict[str, Any]]:
    """What only this person sees in their direct messages with the bot."""
    users = hub.slack.control(
        "GET", f"workspaces/{team.team_id}/users?app_id={hub.slack_app.app_id}"
    )
    channel = next(one["dm"] for one in users if one["id"] == user)
    path = f"workspaces/{team.team_id}/channels/{channel}/messages?user={user}"
    found: list[dict[str, Any]] = hub.slack.control("GET", path)["messages"]
    return [{"channel": channel, **message} for message in found]


def test_the_command_shows_the_preferences_and_they_work_there(hub: Hub) -> None:
    team = hub.workspace()
    person = hub.person(team)

    answer = command(hub, team, person.slack_id, "preferences")

    assert answer["reason"] is None
    message = whispers(hub, team, person.slack_id)[-1]
    assert hub.press(team, message, preferences.STOP_ALL, person.slack_id) == 200
    assert wait_until(
        lambda: "stopped all messages" in str(whispers(hub, team, person.slack_id)[-1])
    )
    person.refresh_from_db()
    assert person.opted_out_at is not None


@pytest.mark.parametrize("text", ["", "help", "what?"])
def test_the_command_tells_what_it_can_do(hub: Hub, text: str) -> None:
    team = hub.workspace()

    answer = command(hub, team, hub.people(team)[0], text)

    assert "/hub preferences" in answer["body"]


def test_an_app_may_have_a_command_of_its_own(hub: Hub) -> None:
    team = hub.workspace()
    SlackApp.objects.filter(pk=hub.slack_app.pk).update(command="/tips")

    answer = act(hub, "command", team, hub.people(team)[0], command="/tips", text="")

    assert "/tips preferences" in answer["body"]


def test_status_is_for_the_installer_and_admins_only(hub: Hub) -> None:
    team = hub.workspace()
    admin, somebody, *_ = hub.people(team)
    Team.objects.filter(pk=team.pk).update(installer_id=admin)
    make_run(make_broadcast(teams=(team,), name="Weekly tip"))

    for user in (admin, somebody):
        command(hub, team, user, "status")

    assert wait_until(lambda: "Weekly tip" in str(whispers(hub, team, admin)))
    assert wait_until(lambda: "Only whoever installed" in str(whispers(hub, team, somebody)))
    assert "Weekly tip" not in str(whispers(hub, team, somebody))


def test_the_button_under_a_broadcast_leads_to_the_preferences(hub: Hub) -> None:
    team, broadcast = hub.workspace(), make_broadcast()
    person = hub.person(team)
    blocks = [opt_out_block(broadcast.pk, person.pk)]
    sent = slack.for_team(team).call(
        "chat.postMessage", channel=person.slack_id, text="News", blocks=blocks
    )
    hub.press(team, vars(sent)["data"], buttons.OPT_OUT, person.slack_id)
    (answer,) = wait_until(lambda: _with_button(whispers(hub, team, person.slack_id)))

    hub.press(team, answer, preferences.OPEN, person.slack_id)

    assert wait_until(lambda: "Quiet hours" in str(whispers(hub, team, person.slack_id)))


def _with_button(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if preferences.OPEN in str(one)]


@pytest.mark.django_db
def test_a_person_receives_by_team_or_group_unless_excluded() -> None:
    team, other = make_team(), make_team()
    person = make_person(team)
    group, excluded = (Group.objects.create(team=team, name=name) for name in "ab")
    for one in (group, excluded):
        one.members.add(person)
    by_team = make_broadcast(teams=(team,), name="1", state=LIVE)
    by_group = make_broadcast(name="2", state=LIVE)
    by_group.groups.add(group)
    make_broadcast(teams=(team,), name="3", state=LIVE).excluded_groups.add(excluded)
    make_broadcast(teams=(other,), name="4", state=LIVE)

    assert list(preferences.received_by(person)) == [by_team, by_group]


@pytest.mark.django_db
def test_a_broadcast_of_another_team_cannot_be_stopped() -> None:
    person = make_person(make_team())
    foreign = make_broadcast(teams=(make_team(),), state=LIVE)

    preferences.stop([person], preferences.Choice(str(foreign.pk), {}, timezone.now()))

    assert not OptOut.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("change", [preferences.end_quiet, preferences.keep_quiet])
def test_what_waits_for_quiet_hours_is_due_when_they_change(change: Any) -> None:
    people = [make_person(make_team()) for _ in range(2)]
    later = timezone.now() + timedelta(hours=1)
    waits = {"error": Delivery.QUIET_HOURS, "due_at": later}
    rows = [make_delivery(make_run(), person, **waits) for person in people]

    change(people[:1], preferences.Choice("", {}, timezone.now()))

    due = [Delivery.objects.get(pk=row.pk).due_at < later for row in rows]
    assert due == [True, False]


@pytest.mark.django_db
def test_the_same_person_in_another_workspace_is_somebody_else() -> None:
    app = make_app()
    team, other = make_team(app), make_team(app)
    person = make_person(team, slack_id="U1")
    twin = make_person(make_team(team_id=team.team_id), slack_id="U1")
    make_person(other, slack_id="U1")

    assert rows_of(team, "U1") == [person, twin]


@pytest.mark.django_db
def test_whoever_no_sync_has_met_may_choose_and_is_in_no_audience() -> None:
    team = make_team()

    rows_of(team, "U0ANYBODY")

    assert not team.recipients.reachable().exists()
    keep([Recipient(team=team, slack_id="U0ANYBODY", seen_at=timezone.now())])
    assert team.recipients.reachable().get().slack_id == "U0ANYBODY"


@pytest.mark.django_db
def test_what_a_person_chose_through_one_app_holds_in_the_next() -> None:
    team = make_team()
    make_person(team, slack_id="U1").opt_out(timezone.now())
    later, elsewhere = make_team(team_id=team.team_id), make_team()

    (met, _), (other,) = rows_of(later, "U1"), rows_of(elsewhere, "U1")

    assert met.opted_out_at is not None
    assert other.opted_out_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["", "abc", "99999999", "-3600"])
def test_a_length_that_is_not_offered_mutes_nobody(value: str) -> None:
    person = make_person(make_team())

    preferences.mute([person], preferences.Choice(value, {}, timezone.now()))

    assert Recipient.objects.get(pk=person.pk).muted_until is None
