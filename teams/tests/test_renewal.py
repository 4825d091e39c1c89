"""Tokens that rotate are renewed in time, by one process at a time, and never lost half-way."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from sandbox.testing import RunningSandbox
from teams import renewal, slack
from teams.answers import NotNow, Ok
from teams.models import Team
from teams.tests.factories import make_team
from teams.tests.visiting import Visitor, make_visitor

HOURS_12 = 43_200


@pytest.fixture
def visitor(db: None, slack: RunningSandbox) -> Iterator[Visitor]:
    visitor = make_visitor(slack)
    slack.control("PUT", f"apps/{visitor.app.app_id}", {"token_rotation": True})
    yield visitor


def installed(visitor: Visitor) -> Team:
    made = visitor.slack.control("POST", "workspaces", {"people": 2})
    visitor.install(made["team_id"])
    return Team.objects.get(team_id=made["team_id"])


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


def refreshes(slack: RunningSandbox) -> int:
    """Requests to oauth.v2.access since the sandbox was emptied."""
    return int(slack.control("GET", "summary")["requests"].get("oauth.v2.access", 0))


def works(team: Team) -> bool:
    team.refresh_from_db()
    return isinstance(slack.test_token(team.bot_token), Ok)


def test_an_install_brings_the_refresh_token_and_its_time(visitor: Visitor) -> None:
    team = installed(visitor)

    assert team.refresh_token.startswith("xoxe-")
    assert team.token_expires_at is not None
    assert in_hours(11.9) < team.token_expires_at < in_hours(12.1)


def test_the_refresh_token_is_stored_encrypted(visitor: Visitor) -> None:
    team = installed(visitor)

    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_token FROM teams_team WHERE id = %s", [team.pk])
        (stored,) = cursor.fetchone() or ("",)

    assert stored
    assert team.refresh_token not in stored


def test_a_token_is_renewed_two_hours_before_its_end(visitor: Visitor) -> None:
    team, other = installed(visitor), installed(visitor)
    Team.objects.filter(pk=other.pk).update(token_expires_at=in_hours(24))

    early, due = renewal.renew(team.pk, in_hours(9.9)), renewal.renew(team.pk, in_hours(10.1))

    before = (team.bot_token, team.refresh_token, team.token_version)
    team.refresh_from_db()
    assert (early, due) == (False, True)
    assert not set(before) & {team.bot_token, team.refresh_token, team.token_version}
    assert team.token_version == before[2] + 1
    assert works(team)
    assert not renewal.renew(other.pk, in_hours(10.1))


def test_a_token_that_does_not_rotate_is_left_alone(visitor: Visitor) -> None:
    team = make_team()

    assert not renewal.renew(team.pk, in_hours(100))
    assert refreshes(visitor.slack) == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_renew_at_once_make_one_call(visitor: Visitor, worker: None) -> None:
    team = installed(visitor)
    before = refreshes(visitor.slack)
    visitor.slack.control(
        "PUT",
        "faults",
        {"kind": "latency", "methods": ["oauth.v2.access"], "latency": {"min": 0.3}},
    )
    done: list[bool] = []

    def renew() -> None:
        done.append(renewal.renew(team.pk, in_hours(11)))
        connection.close()

    threads = [threading.Thread(target=renew) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [False, False, True]
    assert refreshes(visitor.slack) == before + 1
    assert works(team)


def test_a_reported_expiry_is_due_at_once(visitor: Visitor) -> None:
    team = installed(visitor)
    now = datetime.now(UTC)

    renewal.report_expired(team.pk, team.token_version - 1, now)
    of_an_old_token = renewal.renew(team.pk, now)
    renewal.report_expired(team.pk, team.token_version, now)
    of_this_one = renewal.renew(team.pk, now)

    assert (of_an_old_token, of_this_one) == (False, True)


def test_a_refused_renewal_pauses_the_team_with_a_sentence(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    team, other = installed(visitor), installed(visitor)
    Team.objects.filter(pk=team.pk).update(token_version=9)
    team.refresh_from_db()
    team.renew_token(team.bot_token, refresh_token="xoxe-1-used", expires_at=datetime.now(UTC))

    renewal.renew(team.pk, datetime.now(UTC))

    team.refresh_from_db()
    assert team.state == Team.State.PAUSED
    assert "invalid_refresh_token" in team.state_reason
    assert team.state_reason in caplog.text
    assert Team.objects.get(pk=other.pk).state == Team.State.CONNECTED


def test_an_expired_token_that_nothing_renews_disconnects_the_team(visitor: Visitor) -> None:
    team = make_team()
    renewal.report_expired(team.pk, team.token_version, datetime.now(UTC))

    renewal.renew(team.pk, datetime.now(UTC))

    team.refresh_from_db()
    assert (team.state, team.bot_token) == (Team.State.DISCONNECTED, "")
    assert team.state_reason == renewal.UNRENEWABLE


@pytest.mark.parametrize("kind", ["http_500", "storm_429", "not_json"])
def test_a_renewal_that_got_no_answer_is_tried_again(visitor: Visitor, kind: str) -> None:
    team = installed(visitor)
    fault = {"kind": kind, "methods": ["oauth.v2.access"], "count": 1}
    visitor.slack.control("PUT", "faults", fault)

    first, second = (renewal.renew(team.pk, in_hours(11)) for _ in range(2))

    assert (first, second) == (False, True)
    assert works(team)


def test_an_answer_that_was_lost_is_good_within_slacks_grace(visitor: Visitor) -> None:
    team = installed(visitor)
    visitor.slack.control("PUT", "answers", {"refresh_grace": 60})
    fault = {"kind": "accept_then_drop", "methods": ["oauth.v2.access"], "count": 1}
    visitor.slack.control("PUT", "faults", fault)

    first, second = (renewal.renew(team.pk, in_hours(11)) for _ in range(2))

    assert (first, second) == (False, True)
    assert works(team)


def test_an_uninstall_forgets_the_refresh_token(visitor: Visitor) -> None:
    team = installed(visitor)

    Team.objects.filter(pk=team.pk).disconnect("Removed.", datetime.now(UTC))

    team.refresh_from_db()
    assert (team.refresh_token, team.token_expires_at) == ("", None)


def test_an_expired_token_is_not_now_for_the_token(visitor: Visitor) -> None:
    team = installed(visitor)
    visitor.slack.control("PUT", "clock", {"advance": HOURS_12})

    answer = slack.test_token(team.bot_token)

    assert isinstance(answer, NotNow)
    assert answer.scope == "token"
