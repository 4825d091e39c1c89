"""A sender finds the pace that Slack takes, keeps to it, and hands it on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from broadcasts.models import Delivery, Run
from broadcasts.sending.learning import Rules
from broadcasts.sending.rules import SenderRules
from broadcasts.sweeping import sweep
from broadcasts.tests.sending import connect_app, connect_team, expanded_run, running_sender
from sandbox.testing import RunningSandbox, wait_until
from teams.models import Lane, LimitedHour, Team
from teams.tests.factories import make_team

pytestmark = pytest.mark.django_db(transaction=True)

# Five times Slack's limit, and a rise steeper still: seconds instead of minutes.
LIMIT = 1_500.0
QUICK = SenderRules(pace=Rules(rise=100.0))


def limit(slack: RunningSandbox, team: Team, **rules: float | bool) -> None:
    slack.control("PUT", "limits", {"team_id": team.team_id, "channel_interval": 0, **rules})


def remember(team: Team, **fields: object) -> Lane:
    Lane.objects.filter(team=team).update(**fields)
    return Lane.objects.get(team=team)


def sent(run: Run, team: Team) -> int:
    return Delivery.objects.filter(run=run, team=team, state=Delivery.State.SENT).count()


def test_a_lane_climbs_to_the_limit_and_stays_about_there(slack: RunningSandbox) -> None:
    app = connect_app(slack)
    team, other = connect_team(slack, 300, app=app), connect_team(slack, 3, app=app)
    limit(slack, team, enabled=True, per_minute=LIMIT, burst=3)
    remember(team, rate=1_200.0, ceiling=6_000.0)
    run = expanded_run(team, other)

    with running_sender(QUICK):
        wait_until(lambda: sent(run, team) == 300, 60)

    lane = Lane.objects.get(team=team)
    limited = sum(LimitedHour.objects.filter(team=team).values_list("count", flat=True))
    assert lane.bad_rate is not None
    assert 0.8 * LIMIT < lane.rate < min(lane.bad_rate, 1.1 * LIMIT)
    assert 1 <= limited <= 10
    assert limited == slack.control("GET", "summary")["rate_limited"]
    assert not LimitedHour.objects.filter(team=other).exists()


def test_what_is_remembered_is_tried_a_little_slower(slack: RunningSandbox) -> None:
    team = connect_team(slack, 1)
    yesterday = timezone.now() - timedelta(days=1)
    remember(team, rate=300.0, ceiling=6_000.0, learned_at=yesterday)
    run = expanded_run(team)

    with running_sender():
        wait_until(lambda: sent(run, team) == 1)

    lane = Lane.objects.get(team=team)
    assert lane.rate == pytest.approx(285.0, abs=1.0)
    assert lane.learned_at is not None
    assert lane.learned_at > yesterday


def test_a_bad_rate_is_handed_on_with_the_lane(slack: RunningSandbox) -> None:
    team = connect_team(slack, 40)
    limit(slack, team, enabled=True, per_minute=600, burst=2)
    remember(team, rate=3_000.0, ceiling=3_000.0)
    run = expanded_run(team)

    with running_sender():
        wait_until(lambda: sent(run, team) > 5)
    lane = Lane.objects.get(team=team)
    with running_sender():
        wait_until(lambda: sent(run, team) > 10)

    assert lane.bad_rate is not None
    assert lane.rate < lane.bad_rate
    assert Lane.objects.get(team=team).rate < lane.bad_rate


def test_counts_older_than_a_day_are_forgotten() -> None:
    team = make_team()
    now = timezone.now()
    LimitedHour.objects.create(team=team, hour=now - timedelta(hours=25), count=3)
    recent = LimitedHour.objects.create(team=team, hour=now - timedelta(hours=2), count=4)

    sweep(now)

    assert list(LimitedHour.objects.all()) == [recent]
