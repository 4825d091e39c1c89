"""run_bots keeps the connections that there should be, whatever happens to them."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bots.supervisor import courses, endings
from bots.supervisor.rows import LEASE, Link, Runner
from bots.tests.socketing import (
    Bots,
    make_socket_app,
    make_socket_hub,
    quick_steps,
    running_bots,
    sockets,
    tell_slack,
    wait_for_sockets,
    wait_for_state,
)
from conftest import another_process
from sandbox.testing import RunningSandbox, wait_until
from teams import sockets as door
from teams.models import SlackApp

pytestmark = pytest.mark.django_db(transaction=True)

RUN = "from django.core.management import call_command as call; call('run_bots')"
State = Link.State


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_steps(monkeypatch)


def end(slack: RunningSandbox, app: SlackApp, how: str, **more: Any) -> None:
    slack.control("POST", f"sockets/{how}", {"app_id": app.app_id} | more)


def test_every_enabled_app_in_socket_mode_is_served(slack: RunningSandbox, bots: Bots) -> None:
    disabled = make_socket_app(slack, enabled=False)
    by_http = make_socket_app(slack)
    SlackApp.objects.filter(pk=by_http.pk).update(transport=SlackApp.Transport.HTTP)

    app = make_socket_app(slack, connections=3)

    wait_for_sockets(slack, app, 3)
    assert sockets(slack, disabled) == sockets(slack, by_http) == []


@pytest.mark.parametrize("field", ["enabled", "transport"])
def test_an_app_that_is_switched_off_is_left(
    slack: RunningSandbox, app: SlackApp, bots: Bots, field: str
) -> None:
    value = {"enabled": False, "transport": SlackApp.Transport.HTTP}[field]

    SlackApp.objects.filter(pk=app.pk).update(**{field: value})

    wait_for_sockets(slack, app, 0)
    assert wait_for_state(app, State.OFF).runner is None


def test_what_became_of_a_connection_outlives_its_being_switched_off(
    slack: RunningSandbox, app: SlackApp, bots: Bots
) -> None:
    (before,) = sockets(slack, app)
    end(slack, app, "reset")
    wait_until(lambda: [each["id"] for each in sockets(slack, app)] not in ([], [before["id"]]))
    wait_until(Link.objects.filter(restart_count=1).exists)

    SlackApp.objects.filter(pk=app.pk).update(enabled=False)
    off = wait_for_state(app, State.OFF)
    SlackApp.objects.filter(pk=app.pk).update(enabled=True)
    again = wait_for_state(app, State.OPEN)

    for link in (off, again):
        assert link.restart_count == 1
        assert link.restarts[0][1] == "The line was lost."
    assert (off.runner, off.leased_until) == (None, None)


def test_fewer_connections_are_wanted(slack: RunningSandbox, app: SlackApp, bots: Bots) -> None:
    SlackApp.objects.filter(pk=app.pk).update(connections=3)
    wait_for_sockets(slack, app, 3)

    SlackApp.objects.filter(pk=app.pk).update(connections=2)

    assert len(wait_for_sockets(slack, app, 2)) == 2


def test_a_new_token_counts_at_once(
    slack: RunningSandbox, app: SlackApp, monkeypatch: pytest.MonkeyPatch, bots: Bots
) -> None:
    # As after many refusals.
    monkeypatch.setattr(courses, "pause", lambda *_: endings.LONGEST)
    tell_slack(slack, app, app_token="xapp-new")
    end(slack, app, "reset")
    wait_for_state(app, State.WAITING)

    app.app_token = "xapp-new"
    app.save()

    assert wait_for_sockets(slack, app)


def test_an_app_without_a_readable_token_is_no_other_apps_trouble(
    slack: RunningSandbox, app: SlackApp, bots: Bots
) -> None:
    broken = make_socket_app(slack)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_slackapp SET app_token = 'x' WHERE id = %s", [broken.pk])

    wait_for_state(broken, State.WAITING)
    assert len(sockets(slack, app)) == 1


def test_a_lost_connection_to_the_database_is_made_anew(
    slack: RunningSandbox, app: SlackApp, bots: Bots
) -> None:
    (before,) = sockets(slack, app)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE "
            "'%bots_%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0]

    wait_for_sockets(slack, make_socket_app(slack))

    assert [each["id"] for each in sockets(slack, app)] == [before["id"]]


@pytest.mark.parametrize("how", ["close", "reset", "tear"])
def test_a_line_that_breaks_is_replaced(
    slack: RunningSandbox, app: SlackApp, bots: Bots, how: str
) -> None:
    (before,) = sockets(slack, app)

    end(slack, app, how)

    wait_until(lambda: [each["id"] for each in sockets(slack, app)] not in ([], [before["id"]]))


def test_a_silent_line_is_noticed_by_pings(
    slack: RunningSandbox, app: SlackApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PING_SECONDS", 0.2)
    with running_bots():
        (before,) = wait_for_sockets(slack, app)

        end(slack, app, "silence")

        wait_until(lambda: any(not each["silent"] for each in sockets(slack, app)))
        alive = [each["id"] for each in sockets(slack, app) if not each["silent"]]
    assert Link.objects.get().restarts[0][1] == "The line was lost."
    assert before["id"] not in alive


def test_a_line_that_slack_replaces_is_followed_before_it_closes(
    slack: RunningSandbox, app: SlackApp, bots: Bots
) -> None:
    (before,) = sockets(slack, app)

    end(slack, app, "disconnect", reason="warning", seconds=60)

    def ids() -> list[str]:
        return [each["id"] for each in slack.control("GET", f"sockets?app_id={app.app_id}")]

    wait_until(lambda: len(ids()) == 2)
    wait_until(lambda: before["id"] not in ids())
    assert len(ids()) == 1


def test_b040_socket_mode_switched_off_and_on_at_slack_works_again(
    slack: RunningSandbox, app: SlackApp, monkeypatch: pytest.MonkeyPatch, bots: Bots
) -> None:
    # Looked at every second instead of once a minute.
    monkeypatch.setattr(endings, "LONGEST", 1.0)
    tell_slack(slack, app, socket_mode=False)
    link = wait_for_state(app, State.SWITCHED_OFF)

    tell_slack(slack, app)

    wait_for_sockets(slack, app)
    assert "switched off at Slack" in link.reason


def test_too_many_connections_are_made_fewer(slack: RunningSandbox, app: SlackApp) -> None:
    other = make_socket_hub(slack)
    slack.control("PUT", "answers", {"eleventh_connection": "oldest_dropped"})
    SlackApp.objects.filter(pk=app.pk).update(connections=2)
    with running_bots():
        wait_for_sockets(slack, app, 2)
        wait_for_sockets(slack, other.slack_app)
        (first, _) = sockets(slack, app)

        end(slack, app, "disconnect", reason="too_many_websockets", connection=first["id"])

        wait_until(Link.objects.filter(state=State.CROWDED).exists)
        assert len(sockets(slack, app)) == 1


def test_the_dead_are_succeeded_and_nothing_is_lost_or_said_twice(
    slack: RunningSandbox, worker: None
) -> None:
    hub = make_socket_hub(slack)
    team = hub.workspace()
    with another_process(RUN) as doomed:
        wait_for_sockets(slack, hub.slack_app)
        hub.say(team, "hi")
        hub.reply(team)
        doomed.kill()
        hub.say(team, "about")
    past = timezone.now() - LEASE
    Runner.objects.update(beat_at=past)
    Link.objects.update(leased_until=past)

    with running_bots():
        wait_until(lambda: len(hub.replies(team)) == 2)

    said = [reply["text"].split()[0] for reply in hub.replies(team)]
    assert said == ["Hi", "I"]


def test_a_lease_that_lives_is_left_alone(slack: RunningSandbox, app: SlackApp) -> None:
    now = timezone.now()
    alive = Runner.objects.create(
        id="0" * 32, host="elsewhere", pid=1, started_at=now, beat_at=now + LEASE
    )
    Link.objects.create(slack_app=app, number=1, runner=alive, leased_until=now + LEASE)

    with running_bots():
        wait_until(lambda: Runner.objects.count() == 2)
        wait_for_sockets(slack, make_socket_app(slack))

        assert sockets(slack, app) == []


def test_connections_are_shared(slack: RunningSandbox, app: SlackApp, bots: Bots) -> None:
    SlackApp.objects.filter(pk=app.pk).update(connections=4)
    wait_for_sockets(slack, app, 4)

    with running_bots():
        wait_until(
            lambda: (
                sorted(
                    Link.objects.filter(runner=runner, state=State.OPEN).count()
                    for runner in Runner.objects.all()
                )
                == [2, 2]
            )
        )
    wait_until(lambda: Link.objects.filter(state=State.OPEN).count() == 4)


def test_one_app_alone_can_be_served(slack: RunningSandbox, app: SlackApp) -> None:
    chosen = make_socket_app(slack)

    with running_bots(chosen.slug):
        wait_for_sockets(slack, chosen)

        assert sockets(slack, app) == []


def test_what_is_seen_in_the_admin(slack: RunningSandbox, app: SlackApp) -> None:
    hub = make_socket_hub(slack)
    team = hub.workspace()
    with running_bots():
        wait_for_sockets(slack, hub.slack_app)

        hub.acknowledged(hub.send(team, {"type": "pin_added", "user": "U1"}))

        wait_until(Link.objects.filter(slack_app=hub.slack_app, per_minute=1).exists, 8)
    link = Link.objects.get(slack_app=hub.slack_app)
    assert link.last_event_at is not None
    assert Link.objects.get(slack_app=app).last_event_at is None
