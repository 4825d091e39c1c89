"""A message with its own name and icon goes into the person's DM, not into Slackbot's."""

import pytest
from django.db import connection

from broadcasts.models import Delivery
from broadcasts.posting import post
from broadcasts.sending.pacing import OPENS_AT_ONCE
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Recipient, Team

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def count(state: str) -> int:
    return Delivery.objects.filter(state=state).count()


def connect_customizing_team(slack: RunningSandbox, people: int) -> Team:
    app = connect_app(slack, "im:write", "chat:write.customize")
    return connect_team(slack, people, app=app)


def opening_fails(slack: RunningSandbox, **fault: object) -> None:
    slack.control("PUT", "faults", {"methods": ["conversations.open"], "rate": 1, **fault})


def test_the_dm_is_opened_first(slack: RunningSandbox) -> None:
    team = connect_customizing_team(slack, 2)
    expanded_run(team, sender_name="Town Crier", sender_icon=":bell:")

    with running_sender():
        wait_until(lambda: count(State.SENT) == 2, 15)

    assert {post["channel"][0] for post in slack.posts()} == {"D"}
    assert slack.control("GET", "summary")["requests"]["conversations.open"] == 2
    assert all(person.dm_channel for person in Recipient.objects.all())


@pytest.mark.parametrize(
    ("scopes", "missing"), [(("im:history",), "im:write"), (("im:write",), "chat:write.customize")]
)
def test_without_the_scope_it_is_that_messages_failure_alone(
    slack: RunningSandbox, scopes: tuple[str, ...], missing: str
) -> None:
    team = connect_team(slack, 1, app=connect_app(slack, *scopes))
    expanded_run(team, sender_name="Town Crier")

    with running_sender():
        wait_until(lambda: count(State.FAILED) == 1, 15)

    assert missing in Delivery.objects.get().error_text
    assert Team.objects.get(pk=team.pk).state == Team.State.CONNECTED


def test_a_post_without_a_run_with_its_own_sender_goes_into_the_dm(slack: RunningSandbox) -> None:
    team = connect_customizing_team(slack, 1)
    connect_customizing_team(slack, 1)
    person = Recipient.objects.get(team=team)
    post(team, key="try", slack_id=person.slack_id, text="Lunch", username="Town Crier")

    with running_sender():
        wait_until(lambda: count(State.SENT) == 1, 15)

    (sent,) = slack.posts()
    assert (sent["team_id"], sent["channel"][0]) == (team.team_id, "D")


def test_beyond_the_budget_of_openings_people_wait_and_slack_is_not_asked(
    slack: RunningSandbox,
) -> None:
    expanded_run(connect_customizing_team(slack, 13), accepted=True, sender_name="Town Crier")

    with running_sender():
        wait_until(lambda: count(State.SENT) >= OPENS_AT_ONCE, 15)
        waiting = Delivery.objects.filter(state=State.READY, error="dm_waits")
        wait_until(lambda: waiting.count() + count(State.SENT) == 13)

    assert waiting.exists()
    opened = slack.control("GET", "summary")["requests"]["conversations.open"]
    assert opened == count(State.SENT)


@pytest.mark.parametrize("kind", ["http_500", "storm_429"])
def test_an_opening_that_fails_now_posts_nothing_and_waits(
    slack: RunningSandbox, kind: str
) -> None:
    expanded_run(connect_customizing_team(slack, 1), sender_name="Town Crier")
    opening_fails(slack, kind=kind, retry_after=60)

    with running_sender():
        wait_until(lambda: Delivery.objects.exclude(error="").exists(), 15)

    assert count(State.READY) == 1
    assert slack.posts() == []


def test_a_dm_that_cannot_be_forgotten_now_leaves_no_doubt_about_the_post(
    slack: RunningSandbox,
) -> None:
    team = connect_customizing_team(slack, 1)
    Recipient.objects.filter(team=team).update(dm_channel="D0GONE")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE teams_recipient ADD CONSTRAINT kept CHECK (dm_channel <> '')")
    expanded_run(team, sender_name="Town Crier")

    try:
        with running_sender():
            wait_until(lambda: Delivery.objects.get().attempt > 1, 15)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE teams_recipient DROP CONSTRAINT kept")

    assert count(State.READY) == 1


def test_a_sender_told_to_stop_while_it_opens_a_dm_posts_nothing(slack: RunningSandbox) -> None:
    expanded_run(connect_customizing_team(slack, 1), sender_name="Town Crier")
    opening_fails(slack, kind="latency", latency={"min": 0.3, "max": 0.4})

    with running_sender():
        wait_until(lambda: slack.control("GET", "summary")["open_requests"], 15)

    assert (count(State.READY), slack.posts()) == (1, [])
