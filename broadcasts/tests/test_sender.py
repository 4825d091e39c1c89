"""Deliveries are posted once each and every outcome is on the record."""

import uuid
from collections import Counter

import pytest

from broadcasts.clock import database_now
from broadcasts.models import Broadcast, Delivery, Engine, Run
from broadcasts.posting import post
from broadcasts.sending.runtime import Runtime
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Recipient

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def states(run: Run) -> Counter[str]:
    return Counter(Delivery.objects.filter(run=run).values_list("state", flat=True))


def wait_for(run: Run, state: str, count: int) -> None:
    wait_until(lambda: states(run)[state] == count, 15)


def test_everyone_of_two_teams_is_posted_to_once(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    run = expanded_run(connect_team(slack, 5, app=app), connect_team(slack, 4, app=app))

    with running_sender():
        wait_for(run, State.SENT, 9)

    posts = slack.posts()
    assert sorted(post["user"] for post in posts) == sorted(
        Delivery.objects.filter(run=run).values_list("slack_id", flat=True)
    )
    by_ts = {(post["channel"], post["ts"]) for post in posts}
    assert by_ts == set(Delivery.objects.filter(run=run).values_list("channel", "ts"))


def test_variables_and_metadata_arrive(slack: RunningSandbox) -> None:
    team = connect_team(slack, 1)
    Recipient.objects.update(display_name="<!channel> & co")
    run = expanded_run(team, text="Hello {{ name }} of {{ team }}")
    hub = Engine.get().hub_id

    with running_sender():
        wait_for(run, State.SENT, 1)

    (post,) = slack.posts()
    assert post["text"] == f"Hello &lt;!channel&gt; &amp; co of {team.name}"
    assert post["delivery"] == str(Delivery.objects.get().pk)
    assert post["metadata"]["event_payload"]["hub"] == hub == Engine.get().hub_id


def test_the_dm_is_remembered(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 1))

    with running_sender():
        wait_for(run, State.SENT, 1)

    assert Recipient.objects.get().dm_channel == Delivery.objects.get().channel


def test_a_deactivated_person_fails_with_a_sentence(slack: RunningSandbox) -> None:
    team = connect_team(slack, 2)
    gone = Recipient.objects.order_by("pk")[0]
    slack.control("PATCH", f"workspaces/{team.team_id}/users/{gone.slack_id}", {"deleted": True})
    run = expanded_run(team)

    with running_sender():
        wait_for(run, State.FAILED, 1)
        wait_for(run, State.SENT, 1)

    failed = Delivery.objects.get(state=State.FAILED)
    assert failed.recipient == gone
    assert failed.error_text.endswith(".")


@pytest.mark.parametrize("kind", ["accept_then_drop", "http_500"])
def test_no_clear_answer_is_unknown_and_not_repeated(slack: RunningSandbox, kind: str) -> None:
    run = expanded_run(connect_team(slack, 3))
    slack.control("PUT", "faults", {"kind": kind, "methods": ["chat.postMessage"], "count": 1})

    with running_sender():
        wait_for(run, State.SENT, 2)
        wait_for(run, State.UNKNOWN, 1)

    unknown = Delivery.objects.get(state=State.UNKNOWN)
    assert unknown.attempt == 1
    assert unknown.error_text


def test_b131_each_kind_of_no_clear_answer_leaves_its_post_unknown_with_its_own_error(
    slack: RunningSandbox,
) -> None:
    run = expanded_run(connect_team(slack, 3), accepted=True)
    for kind in ("not_json", "http_503", "accept_then_drop"):
        slack.control("PUT", "faults", {"kind": kind, "methods": ["chat.postMessage"], "count": 1})

    with running_sender():
        wait_for(run, State.UNKNOWN, 3)

    errors = Delivery.objects.values_list("error", flat=True)
    assert sorted(errors) == ["http_200", "http_503", "no_answer"]
    assert set(Delivery.objects.values_list("attempt", flat=True)) == {1}


def test_a_rate_limit_holds_the_lane_and_loses_nobody(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    limited, other = connect_team(slack, 3, app=app), connect_team(slack, 3, app=app)
    fault = {"kind": "storm_429", "team_id": limited.team_id, "retry_after": 1, "count": 1}
    slack.control("PUT", "faults", fault)
    run = expanded_run(limited, other)

    with running_sender():
        wait_for(run, State.SENT, 6)

    limited.lane.refresh_from_db()
    other.lane.refresh_from_db()
    assert limited.lane.paused_until is not None
    assert other.lane.paused_until is None
    assert len(slack.posts()) == 6


def test_an_uninstalled_team_is_disconnected_and_the_others_go_on(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    dead, other = connect_team(slack, 2, app=app), connect_team(slack, 2, app=app)
    slack.control("POST", "revoke", {"app_id": app.app_id, "team_id": dead.team_id, "event": False})
    run = expanded_run(dead, other)

    with running_sender():
        wait_for(run, State.SENT, 2)
        wait_until(lambda: type(dead).objects.get(pk=dead.pk).state == "disconnected")

    dead.refresh_from_db()
    assert dead.bot_token == ""
    assert Counter(Delivery.objects.filter(team=dead).values_list("state", flat=True)) == {
        State.READY: 2
    }


def test_refused_content_pauses_the_broadcast(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 2))
    run.broadcast.schedule_crontab(minute="30", hour="11", zone="Europe/Berlin")
    run.broadcast.start(database_now())
    fault = {"kind": "error", "error": "invalid_blocks", "methods": ["chat.postMessage"], "rate": 1}
    slack.control("PUT", "faults", fault)

    with running_sender():
        wait_until(lambda: Broadcast.objects.get().state == Broadcast.State.PAUSED)

    assert states(run)[State.FAILED] == 0
    assert Run.objects.get().state == Run.State.PAUSED
    assert "Slack refused the message" in Run.objects.get().state_reason


def test_stop_awaits_the_answers_under_way(slack: RunningSandbox) -> None:
    run = expanded_run(connect_team(slack, 5))
    fault = {"kind": "latency", "rate": 1, "latency": {"min": 0.5, "max": 0.6}}
    slack.control("PUT", "faults", fault)

    with running_sender():
        wait_until(lambda: states(run)[State.POSTING] > 0)

    found = states(run)
    assert found[State.POSTING] == found[State.UNKNOWN] == 0
    assert found[State.SENT] == len(slack.posts())


def test_a_sender_whose_turn_comes_after_the_stop_does_nothing(slack: RunningSandbox) -> None:
    """A worker that is told to end still runs the tasks that it has fetched."""
    run = expanded_run(connect_team(slack, 2))

    runtime = Runtime()
    runtime.stop()
    runtime.run_sender(uuid.uuid4())
    runtime.close()

    assert states(run)[State.READY] == 2


def test_a_post_without_a_run_passes_the_broadcasts_of_its_team(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    teams = [connect_team(slack, 30, app=app, per_minute=1200) for _ in range(2)]
    run = expanded_run(*teams, accepted=True)
    person = Recipient.objects.filter(team=teams[0])[0]

    with running_sender():
        wait_until(lambda: states(run)[State.SENT] >= 4)
        post(teams[0], key="hello", slack_id=person.slack_id, text="Welcome")
        wait_until(lambda: Delivery.objects.get(key="hello").state == State.SENT)
        assert Delivery.objects.filter(run=run, team=teams[0], state=State.READY).count() > 5

    assert [one["team_id"] for one in slack.posts() if one["text"] == "Welcome"] == [
        teams[0].team_id
    ]


def test_two_senders_share_the_work_and_double_nothing(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    run = expanded_run(*(connect_team(slack, 4, app=app) for _ in range(4)))

    with running_sender(), running_sender():
        wait_for(run, State.SENT, 16)

    assert len(slack.posts()) == 16
