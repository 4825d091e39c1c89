"""What is said, edited, deleted and reacted to on command, as Slack sees it."""

from typing import Any

import pytest
from django.db import connection

from broadcasts import amending, changing
from broadcasts.models import Delivery, Engine, Saying
from broadcasts.saying import say, say_everywhere, say_to
from broadcasts.tests.sending import connect_app, connect_team, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.answers import NotNow, Ok, Unreachable
from teams.models import Recipient, SlackApp, Team
from teams.tests.factories import make_channel, make_team

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def teams(slack: RunningSandbox) -> tuple[Team, Team]:
    app = connect_app(slack, "im:write", "chat:write.customize", "reactions:write")
    return connect_team(slack, 1, app=app), connect_team(slack, 1, app=app)


def connect_channel(slack: RunningSandbox, team: Team, name: str, *, joined: bool = True) -> str:
    """A channel on both sides; the bot has joined it at the sandbox, or only we think so."""
    path = f"workspaces/{team.team_id}/channels"
    made = slack.control("POST", path, {"name": name})
    if joined:
        bot = {"app_id": team.slack_app.app_id}
        slack.control("POST", f"{path}/{made['id']}/members", bot)
    make_channel(team, slack_id=made["id"], name=name)
    return str(made["id"])


def connect_neighbour(slack: RunningSandbox, team: Team) -> Team:
    """Another app in the same workspace."""
    app = connect_app(slack)
    where = {"app_id": app.app_id, "team_id": team.team_id}
    grant = slack.control("POST", "install", where)
    return make_team(app, team_id=team.team_id, bot_token=grant["access_token"])


def dm_of(slack: RunningSandbox, team: Team, person: Recipient) -> str:
    """The person's direct message with this app."""
    users = slack.control("GET", f"workspaces/{team.team_id}/users?app_id={team.slack_app.app_id}")
    return next(str(user["dm"]) for user in users if user["id"] == person.slack_id)


def deliver(*sayings: Saying) -> None:
    with running_sender():
        wait_until(lambda: all(saying.is_done for saying in sayings), 15)


def texts(slack: RunningSandbox, team: Team) -> list[str]:
    return [post["text"] for post in slack.posts(team_id=team.team_id)]


def shown(slack: RunningSandbox, team: Team, channel: str) -> list[dict[str, Any]]:
    """The bot's messages in the channel as they are now."""
    path = f"workspaces/{team.team_id}/channels/{channel}"
    user = slack.control("GET", f"workspaces/{team.team_id}/users")[0]["id"]
    slack.control("POST", f"{path}/members", {"user": user})
    messages = slack.control("GET", f"{path}/messages?user={user}")
    return [message for message in messages["messages"] if message.get("bot_id")]


def test_b115_say_say_to_and_everywhere_reach_the_right_bot(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, other = teams
    kitchen, cellar = (connect_channel(slack, team, name) for name in ("kitchen", "cellar"))
    person = Recipient.objects.people().get(team=team)
    neighbour = connect_neighbour(slack, team)

    deliver(
        say(team, "#kitchen", "To the channel"),
        say_to(team, person.slack_id, "To you"),
        say_everywhere([team], "To all"),
        say_to(neighbour, person.slack_id, "From the neighbour"),
    )

    posts = {(post["text"], post["app_id"], post["channel"]) for post in slack.posts()}
    app = team.slack_app.app_id
    assert posts == {
        ("To the channel", app, kitchen),
        ("To you", app, dm_of(slack, team, person)),
        ("To all", app, kitchen),
        ("To all", app, cellar),
        ("From the neighbour", neighbour.slack_app.app_id, dm_of(slack, neighbour, person)),
    }
    assert texts(slack, other) == []


def test_a_channel_that_fails_leaves_the_others_and_stands_in_the_report(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, _ = teams
    good, bad = connect_channel(slack, team, "kitchen"), connect_channel(slack, team, "cellar")
    slack.control("PATCH", f"workspaces/{team.team_id}/channels/{bad}", {"is_archived": True})

    saying = say_everywhere([team], "Lunch")
    deliver(saying)

    first, second = saying.report()
    assert (first.place, first.state, first.channel) == ("#kitchen", "sent", good)
    assert first.ts == slack.posts()[0]["ts"]
    assert (second.place, second.state) == ("#cellar", "failed")
    assert second.sentence == "The channel is archived."


def test_b118_a_name_and_an_icon_show_in_the_channel_and_in_the_persons_own_dm(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, _ = teams
    channel = connect_channel(slack, team, "kitchen")
    person = Recipient.objects.people().get(team=team)

    deliver(
        say(team, channel, "Lunch", name="Cook", icon=":stew:"),
        say_to(team, person.slack_id, "For you", name="Cook"),
        say_to(team, person.slack_id, "For you, too", icon=":stew:"),
    )

    (lunch,) = shown(slack, team, channel)
    assert (lunch["username"], lunch["icons"]) == ("Cook", {"emoji": ":stew:"})
    to_person = {post["channel"] for post in slack.posts() if post["text"].startswith("For you")}
    assert to_person == {dm_of(slack, team, person)}


def test_b119_what_comes_back_names_the_post_for_later_changes(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, _ = teams
    saying = say(team, connect_channel(slack, team, "kitchen"), "Lunch at one")
    deliver(saying)
    (line,) = saying.report()

    edited = changing.update(team, line.channel, line.ts, text="Lunch at two")
    praised = changing.react(team, line.channel, line.ts, ":tada:")

    assert isinstance(edited, Ok)
    assert isinstance(praised, Ok)
    (message,) = shown(slack, team, line.channel)
    assert message["text"] == "Lunch at two"
    assert message["reactions"][0]["name"] == "tada"
    assert isinstance(changing.delete(team, line.channel, line.ts), Ok)
    assert shown(slack, team, line.channel) == []


@pytest.mark.parametrize("hold", ["team", "app", "hub", "lane"])
def test_nothing_is_changed_while_posting_is_held(
    slack: RunningSandbox, teams: tuple[Team, Team], hold: str
) -> None:
    team, _ = teams
    if hold == "team":
        Team.objects.filter(pk=team.pk).update(state=Team.State.PAUSED)
    elif hold == "app":
        SlackApp.objects.filter(pk=team.slack_app.pk).update(held=True)
    elif hold == "hub":
        Engine.objects.update_or_create(pk=1, defaults={"hold_reason": "A copy."})
    else:
        team.lane.pause(60, "Slack asks us to slow down.")

    answer = changing.delete(team, "C1", "1.1")

    assert isinstance(answer, NotNow)
    assert "chat.delete" not in slack.control("GET", "summary")["requests"]


def test_a_429_of_an_edit_holds_that_method_of_that_team_alone(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    limited, other = teams
    fault = {"kind": "storm_429", "team_id": limited.team_id, "retry_after": 30, "count": 1}
    slack.control("PUT", "faults", fault | {"methods": ["chat.delete"]})
    changing.delete(limited, "C1", "1.1")

    again = changing.delete(limited, "C1", "1.1")

    assert isinstance(again, NotNow)
    assert again.code == "held"
    assert 0 < again.wait <= 30
    assert isinstance(changing.delete(other, "C1", "1.1"), Unreachable)
    assert isinstance(changing.react(limited, "C1", "1.1", "tada"), Unreachable)
    limited.lane.refresh_from_db()
    assert limited.lane.paused_until is None


def test_a_change_that_finds_the_token_dead_disconnects_the_team(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, other = teams
    where = {"app_id": team.slack_app.app_id, "team_id": team.team_id}
    slack.control("POST", "revoke", where | {"event": False})

    changing.delete(team, "C1", "1.1")

    team.refresh_from_db()
    other.refresh_from_db()
    assert team.state == Team.State.DISCONNECTED
    assert other.state == Team.State.CONNECTED


def test_every_post_of_a_saying_is_edited_and_deleted_at_once(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    team, _ = teams
    channels = [connect_channel(slack, team, name) for name in ("kitchen", "cellar")]
    saying, another = say_everywhere([team], "Lunch"), say(team, channels[0], "Stays")
    deliver(saying, another)

    edited, again = amending.update(saying, "Supper"), amending.update(saying, "Supper")

    assert (edited.changed, edited.left, again.asked) == (2, 0, 0)
    assert shown(slack, team, channels[1])[0]["text"] == "Supper"
    assert amending.react(saying, "tada").changed == 2
    assert amending.delete(saying).changed == 2
    assert [message["text"] for message in shown(slack, team, channels[0])] == ["Stays"]
    assert amending.delete(saying).asked == 0


@pytest.mark.parametrize(("limit", "value"), [("AT_ONCE", 1), ("SECONDS", 0.0)])
def test_a_change_beyond_what_can_be_done_at_once_is_left_for_the_next_time(
    slack: RunningSandbox,
    teams: tuple[Team, Team],
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: float,
) -> None:
    """Slack takes so many a minute; and while it is silent each one lasts."""
    monkeypatch.setattr(amending, limit, value)
    team, _ = teams
    for name in ("kitchen", "cellar"):
        connect_channel(slack, team, name)
    saying = say_everywhere([team], "Lunch")
    deliver(saying)

    first, second = amending.delete(saying), amending.delete(saying)

    assert (first.changed, first.left) == (1, 1)
    assert (second.changed, second.left) == (1, 0)


def test_what_waits_for_its_turn_is_taken_back_by_a_deletion(teams: tuple[Team, Team]) -> None:
    team, _ = teams
    saying, another = say(team, "C1", "Lunch"), say(team, "C1", "Supper")

    amending.delete(saying)

    assert saying.deliveries.get().state == Delivery.State.CANCELLED
    assert another.deliveries.get().state == Delivery.State.READY


def test_what_may_have_arrived_is_told_as_not_changed(teams: tuple[Team, Team]) -> None:
    team, _ = teams
    saying = say(team, "C1", "Lunch")
    saying.deliveries.update(state=Delivery.State.UNKNOWN)

    done = amending.delete(saying)

    assert (done.changed, done.left) == (0, 1)
    assert "may have arrived" in done.sentences()[0]


def test_a_token_that_no_key_fits_is_no_other_teams_trouble(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    for team in teams:
        connect_channel(slack, team, "kitchen")
    broken, team = teams
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_team SET bot_token = 'gAAAA' WHERE id = %s", [broken.pk])
    without_tokens = Team.objects.defer("bot_token", "refresh_token")

    saying = say_everywhere(without_tokens.filter(pk__in=[broken.pk, team.pk]), "Lunch")
    of_broken = saying.deliveries.filter(team=broken)
    assert of_broken.update(state=Delivery.State.SENT, ts="1.1", channel="C1") == 1
    deliver(saying)
    done = amending.delete(saying)

    assert (done.changed, done.left, len(done.refusals)) == (1, 0, 1)


def test_a_refusal_that_may_be_of_one_person_leaves_the_other_posts_to_be_changed(
    slack: RunningSandbox, teams: tuple[Team, Team]
) -> None:
    """Asked again, it would come first again."""
    team, _ = teams
    for name in ("kitchen", "cellar"):
        connect_channel(slack, team, name)
    saying = say_everywhere([team], "Lunch")
    deliver(saying)
    fault = {"kind": "error", "error": "account_inactive", "methods": ["chat.delete"], "count": 1}
    slack.control("PUT", "faults", fault)

    done = amending.delete(saying)

    assert (done.changed, done.left, len(done.refusals)) == (1, 0, 1)
