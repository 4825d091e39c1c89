"""manage.py say: talk from a terminal, read the report, change what was said."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bots.models import Bot
from broadcasts.models import Delivery, Saying
from broadcasts.tests.sending import connect_app, connect_team, running_sender
from sandbox.testing import RunningSandbox
from teams.models import Recipient
from teams.tests.factories import make_app, make_channel, make_team

pytestmark = pytest.mark.django_db


def say(*arguments: str) -> str:
    out = StringIO()
    call_command("say", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_it_tells_where_it_was_posted_and_changes_it_later(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    team, _ = connect_team(slack, 1, app=app), connect_team(slack, 1, app=app)
    person = Recipient.objects.get(team=team)
    to = ("--team", team.team_id, "--to", f"@{person.name}", "--key", "lunch")

    with running_sender():
        told = say("Lunch", *to)

    (post,) = slack.posts()
    assert told.split("\t")[2:5] == ["sent", post["channel"], post["ts"]]
    assert say("--report", "lunch") == told
    assert say("Supper", "--edit", "lunch") == "Changed: 1.\n"
    assert say("--delete", "lunch") == "Changed: 1.\n"


def test_everywhere_is_said_in_all_teams_of_the_app() -> None:
    app = make_app()
    for team in (make_team(app), make_team(app), make_team()):
        make_channel(team)

    with pytest.raises(CommandError, match="not yet"):
        say("Lunch", "--app", app.slug, "--everywhere", "--wait", "0", "--key", "lunch")

    assert Saying.objects.get(key="lunch").deliveries.count() == 2
    assert set(Delivery.objects.values_list("team__slack_app", flat=True)) == {app.pk}


def test_a_name_an_icon_blocks_and_a_thread_go_along(tmp_path: Path) -> None:
    blocks = [{"type": "divider"}]
    (tmp_path / "blocks.json").write_text(json.dumps(blocks))
    look = ("--name", "Cook", "--icon", ":stew:", "--thread", "1.1")
    where = ("--team", make_team().team_id, "--channel", "C1", "--wait", "0")

    with pytest.raises(CommandError, match="not yet"):
        say("Lunch", *where, *look, "--blocks", str(tmp_path / "blocks.json"))

    content = Saying.objects.get().content
    assert (content["username"], content["icon_emoji"]) == ("Cook", ":stew:")
    assert (content["thread_ts"], content["blocks"]) == ("1.1", blocks)


def test_as_a_bot_it_is_said_where_that_bot_is_under_its_name_and_icon() -> None:
    app = make_app()
    inside, outside = make_team(app), make_team(app)
    for team in (inside, outside):
        make_channel(team)
    bot = Bot.objects.create(slack_app=app, name="Cook", username="The cook", icon=":stew:")
    bot.teams.add(inside)

    with pytest.raises(CommandError, match="not yet"):
        say("Lunch", "--bot", "cook", "--everywhere", "--icon", ":tea:", "--wait", "0")

    saying = Saying.objects.get()
    assert saying.deliveries.get().team == inside
    assert (saying.content["username"], saying.content["icon_emoji"]) == ("The cook", ":tea:")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("Hi", "--channel", "C1"), "Say where"),
        (("Hi", "--channel", "C1", "--team", "T0"), "No team has the ID T0"),
        (("Hi", "--channel", "C1", "--app", "nothing"), "No Slack app has the slug nothing"),
        (("Hi", "--channel", "C1", "--app", "two"), "more than one installation"),
        (("Hi", "--channel", "C1", "--team", "T1", "--app", "empty"), "not installed there"),
        (("Hi", "--channel", "C1", "--bot", "nobody"), "No bot is called nobody"),
        (("Hi", "--channel", "C1", "--bot", "twin"), "More than one bot is called twin"),
        ((" ", "--channel", "C1", "--team", "T1"), "nothing to say"),
        (("Hi", "--channel", "#nowhere", "--team", "T1"), "#nowhere not at all"),
        (("--report", "unheard"), "Nothing was said by the key unheard"),
        (("Hi", "--channel", "C1", "--team", "T1", "--blocks", __file__), "no JSON"),
        (("Hi", "--channel", "C1", "--team", "T1", "--blocks", "/none"), "cannot be read"),
    ],
)
def test_b115_what_it_cannot_do_is_a_sentence(arguments: tuple[str, ...], reason: str) -> None:
    two = make_app(slug="two")
    make_team(two, team_id="T1")
    make_team(two)
    for app in (two, make_app(slug="empty")):
        Bot.objects.create(slack_app=app, name="Twin")

    with pytest.raises(CommandError, match=reason):
        say(*arguments)

    assert not Delivery.objects.exists()
