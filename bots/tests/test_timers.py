"""Timers of bot files."""

import re
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bots.inbox import handle
from bots.models import Bot, BotTimer, InboxEvent
from bots.scripts import Script
from bots.scripts.loading import load
from bots.scripts.timing import fire_due
from teams.models import Team
from teams.tests.factories import make_team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bot_files")]

NOW = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


@pytest.fixture
def team(bot_files: None) -> Team:
    team, other = make_team(), make_team()
    make_team(other.slack_app)
    Bot.objects.create(slack_app=team.slack_app, name="clock", modules="clock")
    load("clock")
    ticks().clear()
    return team


def ticks() -> list[str]:
    heard: list[str] = sys.modules["slackhub_bot_file_clock"].ticks
    return heard


def run(now: datetime) -> int:
    for pk in (pks := fire_due(now)):
        event = InboxEvent.objects.take(pk, now)
        assert event
        handle(event)
    return len(pks)


def test_b049_a_timer_fires_again_and_again(team: Team) -> None:
    fired = [run(NOW + timedelta(seconds=seconds)) for seconds in (0, 5, 30, 59, 60)]

    assert fired == [2, 0, 2, 0, 2]
    assert ticks() == [team.name] * 3


def test_b049_hours_and_days_are_accepted(team: Team) -> None:
    run(NOW)
    run(NOW + timedelta(minutes=59))
    assert set(ticks()) == {team.name}

    run(NOW + timedelta(hours=1))
    run(NOW + timedelta(hours=23, minutes=59))
    assert ticks().count("hour") == 2
    assert "day" not in ticks()

    run(NOW + timedelta(days=1))
    assert ticks().count("day") == 1


@pytest.mark.parametrize("value", [0, -1, "invalid"])
def test_b050_what_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=re.escape(f"not {{'seconds': {value!r}}}")):
        Script().every(seconds=value)


def test_b028_at_the_start_a_bot_gets_the_connected_teams(team: Team) -> None:
    make_team(team.slack_app, state=Team.State.DISCONNECTED)

    run(NOW)

    assert ticks() == [team.name]


def test_b051_a_timer_may_fire_at_start(team: Team) -> None:
    run(NOW)

    assert ticks() == [team.name]


def test_b052_a_timer_that_raises_stops_neither_itself_nor_others(team: Team) -> None:
    run(NOW)
    run(NOW + timedelta(seconds=30))

    failed = InboxEvent.objects.filter(state="failed")
    assert [event.error for event in failed] == ["RuntimeError: a broken clock"] * 2
    assert len(ticks()) == 2


def test_two_workers_fire_a_timer_once(team: Team) -> None:
    run(NOW)
    row = BotTimer.objects.get(bot__slack_app=team.slack_app, name="clock:tick")

    later = NOW + timedelta(seconds=31)

    assert [row.fire(timedelta(seconds=30), later) for _ in range(2)] == [True, False]


def test_a_timer_does_not_drift(team: Team) -> None:
    run(NOW)
    late = [NOW + timedelta(seconds=seconds) for seconds in (34, 64, 94)]

    assert [run(now) for now in late] == [2, 2, 2]
    due = BotTimer.objects.get(bot__slack_app=team.slack_app, name="clock:tick").due_at
    assert due == NOW + timedelta(seconds=120)


def test_a_timer_that_has_become_shorter_counts_at_once(team: Team) -> None:
    run(NOW)
    BotTimer.objects.filter(name="clock:tick").update(due_at=NOW + timedelta(days=30))
    ticks().clear()

    run(NOW + timedelta(seconds=31))

    assert ticks() == []
    run(NOW + timedelta(seconds=62))
    assert ticks() == [team.name]


def test_two_timers_of_the_same_name_are_two() -> None:
    script = Script()
    for seconds in (1, 2):
        script.every(seconds=seconds)(lambda: None)
    script.every(seconds=3)(partial(print))

    assert [timer.name for timer in script.timers] == ["<lambda>", "<lambda> 2", "partial"]


def test_a_timer_whose_last_time_is_not_over_waits(team: Team) -> None:
    run(NOW)
    at = NOW + timedelta(seconds=30)
    fire_due(at)

    again = fire_due(at + timedelta(seconds=30))

    assert again == []
    assert InboxEvent.objects.filter(type="timer", state="kept").count() == 2


@pytest.mark.usefixtures("team")
def test_a_firing_is_kept_with_its_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(**fields: object) -> None:
        raise ConnectionError("killed")

    monkeypatch.setattr(InboxEvent.objects, "create", die)
    with pytest.raises(ConnectionError):
        fire_due(NOW)

    assert not BotTimer.objects.filter(due_at__gt=NOW + timedelta(seconds=1)).exists()
