"""What `/hub status` says of the runs to one team."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bots import status
from broadcasts.models import Run
from broadcasts.tests.factories import make_broadcast, make_delivery, make_run
from teams.models import Team
from teams.tests.factories import make_app, make_person, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def teams() -> tuple[Team, Team]:
    app = make_app()
    return make_team(app), make_team(app)


def make_tip(*teams: Team) -> Run:
    return make_run(make_broadcast(teams=teams, name="Tip"), expanded_at=timezone.now())


def test_it_counts_this_teams_deliveries_alone(teams: tuple[Team, Team]) -> None:
    team, other = teams
    run = make_tip(team, other)
    make_run(make_broadcast(teams=(other,), name="Secret"))
    old = make_run(make_broadcast(teams=(team,), name="Old"), state=Run.State.FINISHED)
    now = timezone.now()
    Run.objects.filter(pk=old.pk).update(finished_at=now - timedelta(days=2))
    for whose, state in ((team, "failed"), (team, "ready"), (team, "posting"), (other, "unknown")):
        make_delivery(run, make_person(whose), state=state)

    text = status.text_for(team, now)

    assert text.startswith("• *Tip*, ")
    assert text.endswith("sending, 2 left, 1 failed")
    assert "Secret" not in text
    assert "Old" not in text


def test_a_team_that_all_is_sent_to_is_done_though_others_wait(teams: tuple[Team, Team]) -> None:
    team, other = teams
    run = make_tip(team, other)
    make_delivery(run, make_person(other))
    make_delivery(run, make_person(team), state="sent", ts="1.1")

    assert status.text_for(team, timezone.now()).endswith("sending, done here")


def test_a_run_that_is_being_expanded_says_so(teams: tuple[Team, Team]) -> None:
    make_run(make_broadcast(teams=teams))

    assert status.text_for(teams[0], timezone.now()).endswith("sending, still finding recipients")


def test_it_does_not_count_for_ever(
    teams: tuple[Team, Team], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "MOST_COUNTED", 1)
    run = make_tip(*teams)
    for _ in range(3):
        make_delivery(run, make_person(teams[0]))

    assert status.text_for(teams[0], timezone.now()).endswith("sending, more than 1 left")
