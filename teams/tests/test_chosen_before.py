"""Somebody whom another app of this hub knows already keeps what they have chosen there."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from teams.directory import keep
from teams.models import Recipient, Team
from teams.tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def met(team: Team, slack_id: str = "U1") -> Recipient:
    """As a sync meets them."""
    keep([Recipient(team=team, slack_id=slack_id, seen_at=NOW)])
    return team.recipients.get(slack_id=slack_id)


@pytest.mark.parametrize("shared", [{"team_id": "T0SHARED"}, {"enterprise_id": "E0SHARED"}])
def test_who_opted_out_through_one_app_is_out_of_the_next(shared: dict[str, Any]) -> None:
    team = make_team(**shared)
    person = make_person(team, slack_id="U1", quiet_from=time(22), quiet_to=time(7))
    person.opt_out(NOW)
    make_person(team, slack_id="U2")

    later = make_team(**shared)

    first, second = met(later), met(later, "U2")
    assert (first.opted_out_at, first.quiet_from) == (NOW, time(22))
    assert (second.opted_out_at, second.quiet_from) == (None, None)


def test_the_same_id_in_another_workspace_is_somebody_else() -> None:
    make_person(make_team(), slack_id="U1").opt_out(NOW)

    assert met(make_team()).opted_out_at is None


def test_who_was_met_before_is_left_as_they_are() -> None:
    team = make_team()
    make_person(team, slack_id="U1").opt_out(NOW)
    other = make_team(team_id=team.team_id)
    make_person(other, slack_id="U1")

    assert met(other).opted_out_at is None
