"""Timers of bot files."""

import sys
from datetime import UTC, datetime, timedelta

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
    assert run(NOW + timedelta(hours=1)) == 3
    assert "hour" in ticks()


@pytest.mark.parametrize("value", [0, -1, "invalid"])
def test_b050_what_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=str(value)):
        Script().every(seconds=value)


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
